from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from radalike.errors import RadalikeError, RejectCode, UsageError
from radalike.library import Library
from tests.ingest.runs import adds_up, assert_sound, rejected
from tests.ingest.sources.dicomweb.archive import ROOT, Archive, serving
from tests.ingest.sources.dicomweb.studies import EACH, STUDIES, ingest_from, items_of


def test_every_instance_is_listed_once_and_nothing_is_fetched(
    archive: Archive, tmp_path: Path
) -> None:
    with serving(archive) as url:
        items = items_of(
            url, tmp_path / "spool", "?ModalitiesInStudy=CT&fuzzymatching=true&a=1&a=2"
        )
        assert [item.uri for item in items] == [
            f"dicomweb:{url}{each.path.removeprefix(ROOT)}" for each in archive.instances
        ]
        assert [item.uri for item in items_of(url, tmp_path / "spool")] == [
            item.uri for item in items
        ]
    assert archive.retrieved() == []
    query = archive.asked[0][1]
    assert (query["ModalitiesInStudy"], query["a"]) == (["CT"], ["1", "2"])


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_pages_smaller_than_asked_for_are_no_end(
    archive: Archive, tmp_path: Path, page: int
) -> None:
    archive.page = page
    with serving(archive) as url:
        assert len(items_of(url, tmp_path)) == STUDIES * EACH


@pytest.mark.parametrize("ignores_limit", [False, True])
def test_a_server_that_ignores_the_offset_is_not_asked_for_ever(
    archive: Archive, tmp_path: Path, ignores_limit: bool
) -> None:
    archive.ignores_offset, archive.ignores_limit = True, ignores_limit
    with serving(archive) as url:
        items = items_of(url, tmp_path)
    assert len({item.uri for item in items}) == len(items) == STUDIES * EACH
    assert len(archive.asked) == 2 * (1 + STUDIES)


def test_a_limit_in_the_query_is_that_of_the_whole_list(archive: Archive, tmp_path: Path) -> None:
    with serving(archive) as url:
        assert len(items_of(url, tmp_path, "?limit=1")) == EACH
        assert len(items_of(url, tmp_path, "?limit=5&offset=1")) == EACH
        with pytest.raises(UsageError, match="limit"):
            items_of(url, tmp_path, "?limit=many")


def test_a_study_that_is_not_listed_is_an_item_with_a_problem(
    archive: Archive, tmp_path: Path
) -> None:
    study = archive.instances[0].study
    archive.failures[f"{ROOT}/studies/{study}/instances"] = 100
    with serving(archive) as url:
        items = items_of(url, tmp_path)
    problems = [item.problem for item in items if item.problem is not None]
    assert [problem.code for problem in problems] == [RejectCode.UNREADABLE]
    assert "HTTP 500" in problems[0].reason
    assert study not in problems[0].reason
    assert len(items) == 1 + EACH


def test_a_row_without_a_uid_is_an_item_with_a_problem(archive: Archive, tmp_path: Path) -> None:
    archive.without_uid = frozenset({archive.instances[1].uid})
    with serving(archive) as url:
        items = items_of(url, tmp_path)
    assert len(items) == len({item.uri for item in items}) == STUDIES * EACH
    assert [item.problem.code for item in items if item.problem] == [RejectCode.INVALID_ATTRIBUTES]


@pytest.mark.parametrize("uid", ["../../etc", "..", "a/b", "1.2?x", "", "1 2", "1" * 200])
def test_a_uid_that_leads_elsewhere_is_never_asked_for(
    archive: Archive, tmp_path: Path, uid: str
) -> None:
    archive.instances = [replace(archive.instances[0], study=uid)]
    with serving(archive) as url:
        items = items_of(url, tmp_path)
    assert [item.problem.code for item in items if item.problem] == [RejectCode.INVALID_ATTRIBUTES]
    assert {path for path, _, _ in archive.asked} == {f"{ROOT}/studies"}


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RadalikeError, match="cannot be reached") as caught:
        items_of("http://127.0.0.1:9", tmp_path)
    assert caught.value.exit_code == 3


def test_what_is_no_dicomweb_server(archive: Archive, tmp_path: Path) -> None:
    with serving(archive) as url, pytest.raises(RadalikeError, match="HTTP 404"):
        items_of(url.removesuffix(ROOT), tmp_path)


def test_everything_that_is_listed_is_accounted_for(
    archive: Archive, library: Library, tmp_path: Path
) -> None:
    first, second, third = archive.instances[:3]
    archive.gone = frozenset({first.uid})
    archive.instances[1] = replace(second, content=b"no DICOM at all")
    archive.without_uid = frozenset({third.uid})
    archive.failures[f"{ROOT}/studies/{archive.instances[-1].study}"] = 99
    with serving(archive) as url:
        report = ingest_from(library, url)
    assert (report.discovered, report.rejected, report.left) == (10, 3, 0)
    assert report.added == 7
    assert adds_up(report)
    assert rejected(library) == Counter(MissingFile=1, InvalidAttributes=1, NotDicom=1)
    assert_sound(library)
    assert list(library.layout.fetched.iterdir()) == []


def test_what_is_known_is_never_fetched_again(archive: Archive, library: Library) -> None:
    late = archive.instances.pop()
    with serving(archive) as url:
        assert ingest_from(library, url).added == 9
        archive.asked.clear()
        again = ingest_from(library, url)
        assert (again.known, again.added) == (9, 0)
        assert archive.retrieved() == []
        archive.instances.append(late)
        assert ingest_from(library, url).added == 1
        assert archive.retrieved() == [late.path]  # few are fetched one by one

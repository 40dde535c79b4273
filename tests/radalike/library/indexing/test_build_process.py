"""Building in a process of its own: its report, its errors, and its end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from radalike.errors import CorruptPart, IndexBusy, IndexFault
from radalike.library import Library
from radalike.library.indexing.build_process import BuildProcess
from radalike.library.indexing.projection import BuildReport
from radalike.locks import Lock
from tests.conftest import LibraryOpener
from tests.radalike.pictures import image_inputs


@pytest.fixture
def library_with_news(library_copy: Path, open_library: LibraryOpener) -> Library:
    """Three images more than its built index holds."""
    library = open_library(library_copy)
    library.add(image_inputs(3, start=60))
    return library


def start(library: Library, *, full: bool = False) -> BuildProcess:
    process = BuildProcess()
    process.build(library.layout.root, library.fingerprint, "", full=full)
    return process


def test_its_report_and_progress(library_with_news: Library) -> None:
    seen: list[tuple[int, int]] = []
    process = start(library_with_news, full=True)
    report = process.wait(lambda done, total: seen.append((done, total)))
    assert report == BuildReport("edge", points=63, added=63, parts=3)
    assert seen == [(30, 63), (60, 63), (63, 63)]
    assert not process.running()


def test_searches_go_on_while_it_runs(library_with_news: Library) -> None:
    image = next(iter(library_with_news.metadata()))
    before = library_with_news.similar_to(image, 62)
    process = start(library_with_news)
    during = library_with_news.similar_to(image, 62)
    process.wait()
    library_with_news.searcher.refresh()
    after = library_with_news.similar_to(image, 62)
    assert [hit.id for hit in before.hits] == [hit.id for hit in during.hits]
    assert {hit.id for hit in after.hits} == {hit.id for hit in before.hits}
    assert library_with_news.searcher.pending == 0


def test_one_that_is_given_nothing_to_do_can_be_stopped() -> None:
    process = BuildProcess()
    assert process.running()
    process.stop()
    assert not process.running()


def test_another_build_is_named(library_with_news: Library) -> None:
    lock = Lock.acquire(
        library_with_news.layout.index(library_with_news.fingerprint) / "build.lock"
    )
    with pytest.raises(IndexBusy, match="another build of this index is running") as caught:
        library_with_news.build_index()
    assert "wait for it" in caught.value.hint
    lock.release()


def test_its_errors_are_the_build_s_own(library_with_news: Library) -> None:
    last = library_with_news.catalog.parts()[-1]
    part = library_with_news.layout.embeddings(last.fingerprint) / last.name
    part.unlink()
    with pytest.raises(CorruptPart, match=last.name) as caught:
        library_with_news.build_index()
    assert "restore it" in caught.value.hint


def test_one_that_is_killed_says_so_and_leaves_what_was_built(library_with_news: Library) -> None:
    process = start(library_with_news)
    process.stop()
    assert not process.running()
    process.stop()
    assert library_with_news.index_state().indexed == 60
    assert library_with_news.build_index().points == 63


def test_one_that_dies_is_said_with_its_exit_code(
    library_with_news: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = subprocess.Popen

    def dying(_command: list[str], **options: object) -> subprocess.Popen[str]:
        return real([sys.executable, "-c", "import sys; sys.exit(7)"], **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(subprocess, "Popen", dying)
    with pytest.raises(IndexFault, match=r"died \(exit 7\)"):
        library_with_news.build_index()


def test_the_password_of_a_catalog_is_on_no_command_line(
    library_with_news: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    real = subprocess.Popen

    def noted(command: list[str], **options: object) -> subprocess.Popen[str]:
        commands.append(command)
        return real(command, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(subprocess, "Popen", noted)
    layout = library_with_news.layout
    url = f"sqlite:///{layout.catalog}?cached_statements=77"
    process = BuildProcess()
    process.build(layout.root, library_with_news.fingerprint, url)
    process.stop()
    assert "77" not in " ".join(commands[0])


def test_the_exact_backend_has_nothing_to_build(
    library_copy: Path, open_library: LibraryOpener
) -> None:
    library = open_library(library_copy, backend="exact")
    assert library.build_index() == BuildReport("exact", points=60, added=0, parts=2)


def test_a_library_without_images_has_nothing_to_build(
    tmp_path: Path, open_library: LibraryOpener
) -> None:
    library = open_library(tmp_path / "library")
    assert library.build_index() == BuildReport("edge", 0, 0, 0)


def test_one_that_died_while_it_was_told_more_can_be_stopped(library_with_news: Library) -> None:
    """What it did not read is still in the pipe's buffer when the pipe is closed."""
    process = BuildProcess()
    layout = library_with_news.layout
    process.prepare(layout.root, library_with_news.fingerprint, "")
    process._process.kill()
    process._process.wait()
    process.take_in()
    process.take_in()
    process.stop()
    assert not process.running()

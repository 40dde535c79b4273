from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.errors import RadalikeError, UnknownName, UsageError
from search_ui.jobs.folders import folders_below, named_roots, resolve


@pytest.fixture
def roots(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "exports" / "MUELLER^HANS" / "CT").mkdir(parents=True)
    (tmp_path / "exports" / ".trash").mkdir()
    (tmp_path / "exports" / "list.txt").write_text("no folder")
    (tmp_path / "secret").mkdir()
    (tmp_path / "exports" / "out").symlink_to(tmp_path / "secret")
    (tmp_path / "exports" / "in").symlink_to(tmp_path / "exports" / "MUELLER^HANS")
    (tmp_path / "exports" / "round").symlink_to(tmp_path / "exports" / "round")
    return named_roots([tmp_path / "exports"])


def test_a_root_is_known_by_its_own_name() -> None:
    named = named_roots([Path("/a/exports"), Path("/b/exports"), Path("/b/c"), Path("/")])
    assert named == {
        "exports": Path("/a/exports"),
        "exports (2)": Path("/b/exports"),
        "c": Path("/b/c"),
        "/": Path("/"),
    }


def test_folders_are_listed_one_level_at_a_time(roots: dict[str, Path]) -> None:
    top = folders_below(roots, "exports", "")
    assert (top.names, top.left_out) == (("MUELLER^HANS",), 2)
    assert folders_below(roots, "exports", "MUELLER^HANS").names == ("CT",)
    assert folders_below(roots, "exports", "MUELLER^HANS/CT").names == ()


def test_a_name_that_is_no_text_is_counted(roots: dict[str, Path]) -> None:
    os.mkdir(os.fsencode(roots["exports"]) + b"/M\xfcller")
    top = folders_below(roots, "exports", "")
    assert (top.names, top.left_out) == (("MUELLER^HANS",), 3)


def test_what_is_below_a_root_is_found(roots: dict[str, Path]) -> None:
    assert resolve(roots, "exports", "") == roots["exports"]
    assert resolve(roots, "exports", "MUELLER^HANS/CT") == roots["exports"] / "MUELLER^HANS" / "CT"
    assert resolve(roots, "exports", "in/CT") == roots["exports"] / "MUELLER^HANS" / "CT"


@pytest.mark.parametrize(
    "relative",
    [
        "..",
        "../secret",
        "MUELLER^HANS/../../secret",
        "/",
        "/etc",
        "//etc",
        ".trash",
        "out",
        "out/../out",
        "round",
        "nothing",
        "list.txt",
        "a\0b",
        "\ud800",
        "x" * 5000,
        "x/" * 3000,
    ],
)
def test_what_leads_out_or_nowhere_is_refused(roots: dict[str, Path], relative: str) -> None:
    for look in (resolve, folders_below):
        with pytest.raises(UsageError) as refused:
            look(roots, "exports", relative)
        assert str(roots["exports"].parent) not in str(refused.value)
        assert "secret" not in str(refused.value)


@given(relative=st.text(alphabet="./\\~ab\0", max_size=12))
def test_nothing_outside_is_ever_found(
    tmp_path_factory: pytest.TempPathFactory, relative: str
) -> None:
    top = tmp_path_factory.getbasetemp() / "folders" / "a"
    (top / "b" / "a").mkdir(parents=True, exist_ok=True)
    try:
        found = resolve({"a": top}, "a", relative)
    except RadalikeError:
        return
    assert found.is_relative_to(top.resolve())


def test_only_roots_that_are_allowed(roots: dict[str, Path]) -> None:
    with pytest.raises(UnknownName):
        resolve(roots, "/etc", "")
    with pytest.raises(UsageError, match="no folder may be ingested") as refused:
        resolve({}, "exports", "")
    assert "RADALIKE_INGEST_ROOTS" in refused.value.hint


def test_a_folder_that_may_not_be_read(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(UsageError, match="cannot be opened"):
        resolve({"root": tmp_path}, "root", "closed")

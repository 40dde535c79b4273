"""Names from elsewhere stay inside their folder, whatever they are."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.encoders.file_names import check_names, stays_inside
from radalike.errors import WeightsMismatch

HOSTILE = [
    *("", ".", "..", "../x", "a/../x", "/etc/passwd", "a//b", "a/", "./a", "a/.", "~/x/../.."),
    *("C:\\x", "C:x", "\\\\host\\x", "a\\b", "a\0b", "a\nb", "nul", "a/CON.txt", "x.", "x ", " x"),
    *("a" * 300, "a/" * 500 + "a", "ﬁle", "a\u202eb", "x:stream"),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str) -> None:
    with pytest.raises(WeightsMismatch, match="refused"):
        check_names([name])


@pytest.mark.parametrize(
    "name", ["run.py", "a/b.PY", "x.so", "model.pyc", "install.sh", "setup.exe"]
)
def test_programs_are_no_weights(name: str) -> None:
    with pytest.raises(WeightsMismatch, match="program"):
        check_names([name])


@pytest.mark.parametrize(
    "names", [("a", "a"), ("a", "A"), ("a", "a/b"), ("a/b", "a"), ("A/b", "a/B")]
)
def test_two_names_of_one_file(names: tuple[str, ...]) -> None:
    with pytest.raises(WeightsMismatch, match="twice"):
        check_names(names)


def test_what_repositories_have() -> None:
    check_names(
        [
            *("model.safetensors", "model-00001-of-00002.safetensors", "text/vocab.txt", "LICENSE"),
            *("open_clip_config.json", "a b (1).bin", "text/sub/merges.txt", "ark_ep200.pth.tar"),
        ]
    )


@given(st.text(max_size=40))
def test_whatever_passes_is_inside_on_every_system(name: str) -> None:
    if not stays_inside(name):
        return
    folder = Path("/folder")
    assert (folder / name).resolve().is_relative_to(folder)
    windows = PureWindowsPath(name)
    assert not windows.anchor
    assert ".." not in windows.parts
    assert not windows.is_reserved()

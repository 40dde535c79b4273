"""`radalike default-encoder`."""

from __future__ import annotations

from pathlib import Path

from radalike.library.layout import open_layout
from tests.radalike.cli.conftest import Radalike

DEFAULT = "efficientnet-lite0"


def test_the_one_that_it_is(radalike: Radalike, library_copy: Path) -> None:
    answer = radalike("default-encoder", DEFAULT, "--library", library_copy)
    assert (answer.code, answer.words) == (0, f"{DEFAULT} is the library's default encoder now.")
    asked = radalike("default-encoder", DEFAULT, "--library", library_copy, "--json")
    assert asked.json == {"default": DEFAULT}
    assert open_layout(library_copy)[1] == DEFAULT


def test_one_that_does_not_cover_the_library(radalike: Radalike, library_copy: Path) -> None:
    before = (library_copy / "library.toml").read_bytes()
    answer = radalike("default-encoder", "biomedclip", "--library", library_copy)
    assert answer.code == 2
    assert "60 of 60 images have no vector of biomedclip yet" in answer.err
    assert "radalike encode --encoder biomedclip --make-default" in answer.err
    assert (library_copy / "library.toml").read_bytes() == before


def test_one_that_does_not_exist(radalike: Radalike, library_copy: Path) -> None:
    answer = radalike("default-encoder", "biomedclap", "--library", library_copy)
    assert answer.code == 2
    assert "Did you mean biomedclip" in answer.err

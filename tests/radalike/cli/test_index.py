"""`radalike index build` and `radalike index check`."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import LibraryOpener
from tests.radalike.cli.conftest import Radalike
from tests.radalike.pictures import image_inputs


def test_building(radalike: Radalike, library_copy: Path, open_library: LibraryOpener) -> None:
    with open_library(library_copy) as library:
        library.add(image_inputs(2, start=60))
    answer = radalike("index", "build", "--library", library_copy, "--json")
    assert answer.code == 0
    assert answer.json == {"backend": "edge", "points": 62, "added": 2, "parts": 3}
    answer = radalike("index", "build", "--library", library_copy)
    assert answer.code == 0
    assert answer.out == "The edge index holds 62 images of 3 parts (0 newly written).\n"


def test_checking_what_is_sound(radalike: Radalike, library_copy: Path) -> None:
    answer = radalike("index", "check", "--library", library_copy)
    assert (answer.code, answer.out) == (0, "Parts, catalog and index agree.\n")
    answer = radalike("index", "check", "--library", library_copy, "--json")
    assert (answer.code, answer.json) == (0, {"ok": True, "findings": []})


def test_checking_what_is_not(radalike: Radalike, library_copy: Path) -> None:
    part = next((library_copy / "embeddings").rglob("part-*"))
    part.write_bytes(b"broken")
    answer = radalike("index", "check", "--library", library_copy, "--json")
    assert answer.code == 1
    assert answer.json["ok"] is False
    (finding,) = answer.json["findings"]
    assert set(finding) == {"what", "problem", "way_out"}
    assert finding["what"] == f"part {part.name}"
    answer = radalike("index", "check", "--library", library_copy)
    assert answer.code == 1
    assert part.name in answer.out

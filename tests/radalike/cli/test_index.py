"""`radalike index build` and `radalike index check`."""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree
from unittest.mock import patch

from radalike.index.edge import EdgeIndex
from radalike.records import Hit, Vectors
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
    assert answer.code == 0
    assert answer.out == (
        "Parts, catalog and index agree.\n"
        "The edge index finds 1.000 of the 10 nearest (50 images asked, the worst 1.00).\n"
    )
    answer = radalike("index", "check", "--library", library_copy, "--json")
    assert answer.code == 0
    assert (answer.json["ok"], answer.json["findings"]) == (True, [])
    canary = answer.json["canary"]
    assert (canary["backend"], canary["queries"], canary["limit"]) == ("edge", 50, 10)
    assert canary["recall"] == canary["worst_recall"] == 1
    assert min(canary["index_ms"], canary["exact_ms"]) > 0


def test_an_index_that_finds_too_little(radalike: Radalike, library_copy: Path) -> None:
    query = EdgeIndex.query

    def every_other(index: EdgeIndex, vector: Vectors, limit: int) -> tuple[Hit, ...]:
        return query(index, vector, limit)[::2]

    with patch.object(EdgeIndex, "query", every_other):
        answer = radalike("index", "check", "--library", library_copy, "--json")
        assert answer.code == 1
        assert answer.json["ok"] is False
        (finding,) = answer.json["findings"]
        assert finding["way_out"] == "`radalike index build --full`"
        assert answer.json["canary"]["recall"] < 0.6
        shown = radalike("index", "check", "--library", library_copy)
    assert shown.code == 1
    assert "of the 10 nearest, less than 0.98" in shown.words


def test_without_an_index_there_is_none_to_ask(radalike: Radalike, library_copy: Path) -> None:
    rmtree(library_copy / "index")
    answer = radalike("index", "check", "--library", library_copy, "--json")
    assert (answer.code, answer.json) == (0, {"ok": True, "findings": [], "canary": None})


def test_checking_what_is_not(radalike: Radalike, library_copy: Path) -> None:
    part = next((library_copy / "embeddings").rglob("part-*"))
    part.write_bytes(b"broken")
    answer = radalike("index", "check", "--library", library_copy, "--json")
    assert answer.code == 1
    assert answer.json["ok"] is False
    assert answer.json["canary"] is None
    (finding,) = answer.json["findings"]
    assert set(finding) == {"what", "problem", "way_out"}
    assert finding["what"] == f"part {part.name}"
    answer = radalike("index", "check", "--library", library_copy)
    assert answer.code == 1
    assert part.name in answer.out

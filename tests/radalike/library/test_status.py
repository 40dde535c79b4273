"""A library in numbers."""

from __future__ import annotations

import json
from pathlib import Path

from radalike.library import Library
from tests.conftest import LibraryOpener
from tests.radalike.pictures import image_input, image_inputs


def test_of_the_small_library(library: Library) -> None:
    status = library.status()
    assert status.images == 60
    assert status.by_modality == {"CT": 20, "US": 20, "XR": 20}
    assert status.by_anatomy == {"abdomen_pelvis": 20, "chest": 20, "thyroid": 20}
    assert status.by_dataset == {"phantoms": 60}
    assert status.encoders == [
        {
            "id": "efficientnet-lite0",
            "fingerprint": library.fingerprint,
            "tiles": "",
            "rendering": "stored-window",
            "vectors": 60,
            "covered": 60,
            "images": 60,
            "indexed": 60,
            "precision": ("float32",),
            "weights_here": True,
            "default": True,
            "share": 1.0,
        }
    ]
    assert (status.parts, status.indexed, status.pending) == (2, 60, 0)
    assert (status.duplicates, status.rejected) == (0, 0)
    assert set(status.bytes) == {"catalog", "embeddings", "index", "thumbnails"}
    assert status.bytes["embeddings"] > 60 * 1280 * 4
    assert all(size > 0 for size in status.bytes.values())


def test_it_goes_into_json(library: Library) -> None:
    written = json.loads(json.dumps(library.status().as_json()))
    assert written["images"] == 60
    assert written["encoders"][0]["id"] == "efficientnet-lite0"


def test_of_an_empty_library(tmp_path: Path, open_library: LibraryOpener) -> None:
    status = open_library(tmp_path / "library").status()
    assert (status.images, status.parts, status.indexed, status.pending) == (0, 0, 0, 0)
    assert status.by_modality == {}
    assert status.encoders == []
    assert status.bytes["embeddings"] == 0


def test_of_what_has_been_added_since(library_copy: Path, open_library: LibraryOpener) -> None:
    library = open_library(library_copy)
    copy = image_input(0, dataset="copies")
    library.add([*image_inputs(3, start=60), copy])
    status = library.status()
    assert (status.images, status.indexed, status.pending) == (64, 60, 4)
    assert status.duplicates == 1
    assert status.by_dataset == {"phantoms": 63, "copies": 1}


def test_of_the_exact_backend(library_copy: Path, open_library: LibraryOpener) -> None:
    state = open_library(library_copy, backend="exact").index_state()
    assert (state.indexed, state.pending) == (60, 0)

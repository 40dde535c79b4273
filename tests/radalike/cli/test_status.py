"""`radalike status`."""

from __future__ import annotations

from pathlib import Path

import pytest

from radalike.cli.status import _coverage
from tests.radalike.cli.conftest import Radalike


def test_json(radalike: Radalike, small_library: Path) -> None:
    answer = radalike("status", "--library", small_library, "--json")
    assert answer.code == 0
    shown = answer.json
    assert list(shown) == [
        "images",
        "by_modality",
        "by_anatomy",
        "by_dataset",
        "encoders",
        "parts",
        "indexed",
        "pending",
        "duplicates",
        "rejected",
        "bytes",
    ]
    assert shown["images"] == 60
    assert shown["by_modality"] == {"CT": 20, "US": 20, "XR": 20}
    (encoder,) = shown["encoders"]
    assert (encoder["id"], encoder["default"]) == ("efficientnet-lite0", True)
    assert (encoder["covered"], encoder["share"], encoder["weights_here"]) == (60, 1.0, True)


def test_a_table(radalike: Radalike, small_library: Path) -> None:
    answer = radalike("status", "--library", small_library)
    assert answer.code == 0
    said = (
        "efficientnet-lite0: 60 of 60 images (100 %), 60 vectors, float32, 60 indexed, the default"
    )
    for text in ("60", "CT 20", "phantoms 60", said, "MB"):
        assert text in answer.out
    assert "┏" not in answer.out  # no heading, for there is nothing in it


def test_the_library_is_named_by_the_environment(
    radalike: Radalike, small_library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADALIKE_LIBRARY", str(small_library))
    assert radalike("status", "--json").json["images"] == 60


def test_what_is_almost_whole_is_not_called_so() -> None:
    each = {
        "id": "clip",
        "tiles": "2x2",
        "rendering": "lung",
        "covered": 9_999_999,
        "images": 10_000_000,
        "share": 0.9999999,
        "vectors": 39_999_996,
        "precision": ["float32"],
        "indexed": 0,
        "weights_here": False,
        "default": False,
    }
    assert _coverage(each) == (
        "clip, tiles 2x2, rendering lung: 9,999,999 of 10,000,000 images (99.9 %), "
        "39,999,996 vectors, float32, 0 indexed, its weights are not on this machine"
    )

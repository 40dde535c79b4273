"""`radalike status`."""

from __future__ import annotations

from pathlib import Path

import pytest

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
    assert list(shown["encoders"][0]) == ["id", "fingerprint", "vectors", "precision"]


def test_a_table(radalike: Radalike, small_library: Path) -> None:
    answer = radalike("status", "--library", small_library)
    assert answer.code == 0
    for text in ("60", "CT 20", "phantoms 60", "efficientnet-lite0: 60 vectors, float32", "MB"):
        assert text in answer.out


def test_the_library_is_named_by_the_environment(
    radalike: Radalike, small_library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADALIKE_LIBRARY", str(small_library))
    assert radalike("status", "--json").json["images"] == 60

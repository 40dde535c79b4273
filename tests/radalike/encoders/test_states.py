"""Weight files are read as plain tensors, and matched with a model's own, each named."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError

import pytest
import torch

from radalike.encoders.catalogue import EFFICIENTNET_LITE0
from radalike.encoders.states import fill, match_by_position, read_state
from radalike.errors import EncoderError, WeightsMismatch


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


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"weight": torch.ones(2, 3)}, "tensor bias is not in the checkpoint"),
        ({"weight": torch.ones(3, 2), "bias": torch.ones(2)}, r"tensor weight has shape \(3, 2\)"),
        (
            {"weight": torch.ones(2, 3), "bias": torch.ones(2), "head": torch.ones(1)},
            "tensor head is in the checkpoint, and not in the model",
        ),
    ],
)
def test_the_first_tensor_that_differs_is_named(found: dict[str, torch.Tensor], said: str) -> None:
    with pytest.raises(WeightsMismatch, match=said):
        fill(EFFICIENTNET_LITE0, torch.nn.Linear(3, 2), found)


def test_all_that_fits_is_loaded() -> None:
    model = torch.nn.Linear(3, 2)
    fill(EFFICIENTNET_LITE0, model, {"weight": torch.ones(2, 3), "bias": torch.zeros(2)})
    assert torch.equal(model.weight, torch.ones(2, 3))

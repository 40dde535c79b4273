"""Reading weights as plain tensors, and matching them with a model's own."""

from __future__ import annotations

from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING

from radalike.encoders.spec import EncoderSpec
from radalike.errors import WeightsMismatch

if TYPE_CHECKING:
    from torch import Tensor, nn


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a .safetensors file or of a PyTorch state dict, without running any code.

    Raises WeightsMismatch for a file that is neither, or that holds code.
    """
    import torch
    from safetensors import SafetensorError

    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        return dict(torch.load(path, map_location="cpu", weights_only=True))
    except (
        SafetensorError,
        UnpicklingError,
        RuntimeError,
        EOFError,
        KeyError,
        ValueError,
        TypeError,
    ) as exc:
        raise WeightsMismatch(
            f"{path.name} holds no weights that can be read as plain tensors",
            hint="export them as .safetensors or as a state dict; files with code are refused",
        ) from exc


def match_by_position(
    spec: EncoderSpec, expected: dict[str, Tensor], found: dict[str, Tensor]
) -> dict[str, Tensor]:
    """`found` under the names of `expected`: same tensors, same order, other names.

    Names are kept where they are the same. Raises WeightsMismatch where number or shape differ.
    """
    if expected.keys() == found.keys():
        found = {name: found[name] for name in expected}
    if len(expected) != len(found):
        raise WeightsMismatch(
            f"{spec.id}: {len(found)} tensors in the file, {len(expected)} in the model",
            hint="the weights belong to another architecture",
            encoder=spec.id,
        )
    renamed = dict(zip(expected, found.values(), strict=True))
    for (name, tensor), other in zip(renamed.items(), found, strict=True):
        if tensor.shape != expected[name].shape:
            raise WeightsMismatch(
                f"{spec.id}: {other} has shape {tuple(tensor.shape)}, "
                f"{name} needs {tuple(expected[name].shape)}",
                hint="the weights belong to another architecture",
                encoder=spec.id,
            )
    return renamed


def fill(spec: EncoderSpec, model: nn.Module, found: dict[str, Tensor]) -> None:
    """Load `found` into `model`: every tensor, each under its own name.

    Raises WeightsMismatch, which names the first tensor that is missing, unknown or of another
    shape.
    """
    expected = model.state_dict()
    for name, tensor in expected.items():
        if name not in found:
            raise _differs(spec, name, "is not in the checkpoint")
        if found[name].shape != tensor.shape:
            shapes = f"{tuple(found[name].shape)} in the checkpoint, {tuple(tensor.shape)} here"
            raise _differs(spec, name, f"has shape {shapes}")
    for name in found:
        if name not in expected:
            raise _differs(spec, name, "is in the checkpoint, and not in the model")
    model.load_state_dict(found)


def _differs(spec: EncoderSpec, name: str, how: str) -> WeightsMismatch:
    return WeightsMismatch(
        f"{spec.id}: tensor {name} {how}",
        hint=f"the weights belong to another architecture than {spec.architecture}",
        encoder=spec.id,
        tensor=name,
    )

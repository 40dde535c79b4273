"""Reading weights as plain tensors, and matching them with a model's own."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

from radalike.encoders.spec import EncoderSpec
from radalike.errors import WeightsMismatch

if TYPE_CHECKING:
    from torch import Tensor, nn

# Where training scripts keep the weights beside an optimiser and the like; an average over training
# (of timm, or the teacher of DINO and Ark) before the last step's.
_NESTED = ("state_dict_ema", "model_ema", "teacher", "state_dict", "model")
_POINTER = b"version https://git-lfs"
_CODE = re.compile(r"\bGLOBAL (\S+) (?:was|whose)")  # as torch says what it refuses
_ENCODED = ("int8", "uint8", "int16", "uint16", "float8", "float4", "complex", "q", "bits")
_PARALLEL = "module."  # what torch's data-parallel training puts before every name


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a .safetensors file or of a PyTorch checkpoint, without running any code.

    Of a checkpoint that holds more than weights, the weights. Raises WeightsMismatch for a file
    that is neither, or that holds code.
    """
    import torch
    from safetensors import SafetensorError

    if _holds_a_script(path):
        raise WeightsMismatch(
            f"{path.name} is a TorchScript archive, which is code",
            hint="take the same weights as .safetensors, as the model hubs have them, or save the "
            "module's state_dict() with torch.save where you trust the file",
        )
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return _plain_numbers(path, _without_parallel(load_file(path)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of formats that are refused, or read, all the same
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except (
        SafetensorError,
        UnpicklingError,
        OSError,
        RuntimeError,
        EOFError,
        KeyError,
        ValueError,
        TypeError,
    ) as exc:
        code = _CODE.search(str(exc)) if isinstance(exc, UnpicklingError) else None
        if code is not None:
            raise WeightsMismatch(
                f"{path.name} holds code: reading it would call {code[1]}",
                hint="where you trust it, save its weights alone, as .safetensors or a state dict",
            ) from exc
        raise WeightsMismatch(
            f"{path.name} holds no weights that can be read as plain tensors", hint=_way_out(path)
        ) from exc
    return _plain_numbers(path, _tensors(path, loaded))


def is_lfs_pointer(path: Path) -> bool:
    """Whether `path` is what git has in place of a large file that was not fetched."""
    try:
        with path.open("rb") as file:
            return file.read(len(_POINTER)) == _POINTER
    except OSError:
        return False


def _way_out(path: Path) -> str:
    if is_lfs_pointer(path):
        return "it is a pointer of git-lfs, not the file: `git lfs pull` where it was cloned"
    if path.suffix == ".safetensors":
        return "it may have been cut: copy it again, and compare its size"
    return "if it is whole, export them as .safetensors or as a state dict"


def _holds_a_script(path: Path) -> bool:
    """Whether it is a module that torch.jit has saved: its archive has its source in `code/`."""
    if path.suffix == ".safetensors" or not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            # All is in a folder that is named after the file, which can be code.pt.
            return any(name.split("/")[1:2] == ["code"] for name in archive.namelist())
    except zipfile.BadZipFile:
        return False


def _tensors(path: Path, loaded: Any) -> dict[str, Tensor]:
    from torch import Tensor

    nested = next((name for name in _NESTED if _is_state(loaded, name)), None)
    state = loaded if nested is None else loaded[nested]
    other = None
    if isinstance(state, Mapping):
        other = next((name for name, value in state.items() if not isinstance(value, Tensor)), None)
    if not isinstance(state, Mapping) or not state or other is not None:
        found = f"has {other!r}, which is no tensor" if other is not None else "has no tensors"
        raise WeightsMismatch(
            f"{path.name} {found}",
            hint="save the state dict alone, or under the name state_dict",
        )
    return _without_parallel(state)


def _without_parallel(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    parallel = all(name.startswith(_PARALLEL) for name in state)
    return {name.removeprefix(_PARALLEL) if parallel else name: state[name] for name in state}


def _plain_numbers(path: Path, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """`state`. Raises WeightsMismatch for one whose numbers are not the weights themselves:
    a quantised one, which would be read as weights of another size."""
    for name, tensor in state.items():
        kind = str(tensor.dtype).removeprefix("torch.")
        if kind.startswith(_ENCODED):
            raise WeightsMismatch(
                f"{path.name}: tensor {name} holds {kind}, which are no plain weights",
                hint="it is quantised: get the weights in float32, float16 or bfloat16",
                tensor=name,
            )
    return state


def _is_state(loaded: Any, name: str) -> bool:
    return isinstance(loaded, Mapping) and isinstance(loaded.get(name), Mapping)


@contextmanager
def uninitialised() -> Iterator[None]:
    """Modules that are made inside get no random weights, which takes longer than reading the
    real ones; `fill` then sets every tensor."""
    from torch import Tensor, nn
    from torch.overrides import TorchFunctionMode

    drawing = {Tensor.uniform_, Tensor.normal_}
    shaping = {Tensor.erfinv_, Tensor.mul_, Tensor.add_, Tensor.clamp_}

    class Uninitialised(TorchFunctionMode):
        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            given = kwargs or {}
            if getattr(function, "__module__", "") == "torch.nn.init":
                return args[0] if args else given["tensor"]
            if function in drawing or (function in shaping and isinstance(args[0], nn.Parameter)):
                return args[0]
            return function(*args, **given)

    with Uninitialised():
        yield


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
                tensor=other,
            )
    return renamed


def fill(
    spec: EncoderSpec,
    model: nn.Module,
    found: dict[str, Tensor],
    names: Mapping[Tensor, str] | None = None,
) -> None:
    """Load `found` into `model`: every tensor, each under its own name.

    Raises WeightsMismatch, which names the first tensor that is missing, as the model does, or
    unknown or of another shape, as the file does (`names`, of `names_in`, where those differ).
    """
    expected = model.state_dict()
    names = names or {}
    for name, tensor in expected.items():
        if name not in found:
            raise differs(spec, name, "is not in the checkpoint")
        if found[name].shape != tensor.shape:
            raise other_shape(spec, names.get(found[name], name), found[name], tensor)
    for name, tensor in found.items():
        if name not in expected:
            found_as = names.get(tensor, name)
            raise differs(spec, found_as, "is in the checkpoint, and not in the model")
    model.load_state_dict(found)


def names_in(state: Mapping[str, Tensor]) -> Mapping[Tensor, str]:
    """What a file calls its tensors, however they are named later. Holds none of them in memory."""
    from torch.utils.weak import WeakTensorKeyDictionary

    names: Mapping[Tensor, str] = WeakTensorKeyDictionary(
        {tensor: name for name, tensor in state.items()}
    )
    return names


def other_shape(spec: EncoderSpec, name: str, found: Tensor, needed: Tensor) -> WeightsMismatch:
    shapes = f"{tuple(found.shape)} in the checkpoint, {tuple(needed.shape)} here"
    return differs(spec, name, f"has shape {shapes}")


def differs(spec: EncoderSpec, name: str, how: str) -> WeightsMismatch:
    return WeightsMismatch(
        f"{spec.id}: tensor {name} {how}",
        hint=f"the weights belong to another architecture than {spec.architecture}",
        encoder=spec.id,
        tensor=name,
    )

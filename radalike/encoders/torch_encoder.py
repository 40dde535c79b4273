"""Encoders that are PyTorch modules, of any family, on a device and in a precision."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from radalike.encoders.base import Encoder
from radalike.encoders.spec import EncoderSpec
from radalike.errors import DeviceUnavailable, WeightsMismatch

if TYPE_CHECKING:
    from torch import Tensor, nn


class TorchEncoder(Encoder):
    """Takes a copy of `module`, so that encoders of several precisions can share one load."""

    def __init__(
        self, spec: EncoderSpec, module: nn.Module, *, device: str, precision: str, batch_size: int
    ) -> None:
        import torch

        super().__init__(spec, device=device, precision=precision, batch_size=batch_size)
        self._dtype = getattr(torch, precision)
        placed = copy.deepcopy(module).to(device=device, dtype=self._dtype)
        self._module = placed.to(memory_format=torch.channels_last)

    def embed(self, inputs: Tensor) -> Tensor:
        features: Tensor = self._module(inputs.to(self._dtype))
        if features.ndim != 2 or features.shape[1] != self.spec.dimension:
            raise WeightsMismatch(
                f"{self.spec.id} gives features of shape {tuple(features.shape)}",
                hint=f"its spec says (n, {self.spec.dimension})",
                encoder=self.spec.id,
            )
        return features


def load_encoder(
    spec: EncoderSpec, *, device: str = "auto", precision: str = "float32", batch_size: int = 32
) -> Encoder:
    """The encoder of `spec`, ready to use.

    precision `auto` takes the fastest that agrees with float32 (see `precision`).
    Raises DeviceUnavailable, MissingExtra, WeightsMissing, WeightsMismatch.
    """
    from radalike.encoders.folding import fold_batch_norm
    from radalike.encoders.loaders import load_module
    from radalike.encoders.precision import candidates, fastest_agreeing

    chosen = _device(device)
    module = fold_batch_norm(load_module(spec))

    def build(name: str) -> Encoder:
        return TorchEncoder(spec, module, device=chosen, precision=name, batch_size=batch_size)

    if precision == "auto":
        return fastest_agreeing(build, candidates(chosen), spec.preprocessing.size)
    return build(precision)


def _device(wanted: str) -> str:
    """`auto` is CUDA, else MPS, else the CPU; a device that is asked for and absent is an error."""
    import torch

    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return next((name for name, here in present.items() if here), "cpu")
    family = wanted.split(":")[0]
    if family != "cpu" and not present.get(family, False):
        raise DeviceUnavailable(
            f"device {wanted!r} is not available here",
            hint="use device=cpu, or auto to take what there is",
            device=wanted,
        )
    return wanted

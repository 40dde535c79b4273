"""Which device an encoder computes on."""

from __future__ import annotations

from radalike.errors import DeviceUnavailable


def device_here(wanted: str) -> str:
    """`auto` is CUDA, else MPS, else the CPU; `cpu`, `cuda`, `cuda:N` and `mps` are themselves.

    Raises DeviceUnavailable for one that is not in this machine: there is no falling back.
    """
    family, _, number = wanted.partition(":")
    if family == "cpu":
        return wanted
    import torch

    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return next((name for name, here in present.items() if here), "cpu")
    here = present.get(family, False)
    if here and number:
        here = number.isdecimal() and int(number) < torch.accelerator.device_count()
    if not here:
        raise DeviceUnavailable(
            f"device {wanted!r} is not available here",
            hint="use device=cpu, or auto to take what there is",
            device=wanted,
        )
    return wanted


def require_device(wanted: str) -> None:
    """Before work that may end in an encoder, or find nothing to do: raises DeviceUnavailable.

    `auto` is always there, so nobody waits for PyTorch to say so.
    """
    if wanted != "auto":
        device_here(wanted)

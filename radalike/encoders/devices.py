"""Which device an encoder computes on."""

from __future__ import annotations

from radalike.errors import DeviceUnavailable


def device_here(wanted: str) -> str:
    """`auto` is CUDA, else MPS, else the CPU; all others are themselves.

    Raises DeviceUnavailable for one that is not in this machine: there is no falling back.
    """
    if wanted == "cpu":
        return wanted
    import torch

    count = {"cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}
    if wanted == "auto":
        return next((name for name, here in count.items() if here), "cpu")
    family, _, number = wanted.partition(":")
    here = {**count, "cpu": 1}.get(family, 0)
    numbered = wanted == family or number.isdecimal()
    if not numbered or int(number or 0) >= here:
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

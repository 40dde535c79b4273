"""How pixels become an encoder's input: what each encoder says of it, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How pixels become an input: part of an encoder's fingerprint.

    size: side of the square input, pixels. fit: `squash` ignores the aspect ratio, `crop`
    resizes the shorter side to size / crop_fraction and cuts the centre, `pad` centres the image
    on a black square, at least as large as the input, and resizes that (MedCLIP), `corner` fits
    the longer side and fills right and below with zeros after normalisation (SAM).
    mean, std: per channel, of values in [0, 1]. scaling: how 8 bits become values in [0, 1]:
    `unit` divides by 255, `min-max` stretches each image from its least to its greatest value
    (MedSAM). centring: what `crop` does with half a pixel of margin: `even` rounds it to the even
    neighbour (torchvision, and so timm and open_clip), `down` rounds it down (transformers).
    """

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: Literal["bilinear", "bicubic", "lanczos"] = "bicubic"
    fit: Literal["squash", "crop", "pad", "corner"] = "squash"
    crop_fraction: float = 1.0
    scaling: Literal["unit", "min-max"] = field(default="unit", metadata={"since": 2})
    centring: Literal["even", "down"] = field(default="even", metadata={"since": 2})


def preprocessing_of(fields: dict[str, Any]) -> Preprocessing:
    """From `dataclasses.asdict`, also when it has been through JSON."""
    mean, std = (tuple(fields[name]) for name in ("mean", "std"))
    return Preprocessing(**{**fields, "mean": mean, "std": std})

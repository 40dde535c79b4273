"""Encoders that cost nothing: the picture's mean in a few cells. For tests of everything else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from radalike.encoders.base import Encoder
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.imaging.preprocessing import Preprocessing

if TYPE_CHECKING:
    from torch import Tensor, nn

_PREPROCESSING = Preprocessing(size=32, mean=(0.4, 0.4, 0.4), std=(1.0, 1.0, 1.0))


def _spec(function: str) -> EncoderSpec:
    return EncoderSpec(
        id=function,
        family="custom",
        architecture=f"{__name__}:{function}",
        weights=Weights("none", None, "1"),
        dimension=48,
        preprocessing=_PREPROCESSING,
        pooling="average",
        licence="Apache-2.0",
        source="made for tests",
    )


def cells(_spec: EncoderSpec, _weights: Path) -> nn.Module:
    from torch import nn

    return nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten())


def cells_but_white(_spec: EncoderSpec, _weights: Path) -> nn.Module:
    """As `cells`, with features that are not finite for a picture that is white all over."""
    import torch
    from torch import nn

    class Fragile(nn.Module):
        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            features = nn.functional.adaptive_avg_pool2d(inputs, 4).flatten(1)
            white = (inputs.amin(dim=(1, 2, 3)) > 0.59)[:, None]
            return torch.where(white, torch.full_like(features, float("nan")), features)

    return Fragile()


CELLS = _spec("cells")
CELLS_BUT_WHITE = _spec("cells_but_white")


class InstantEncoder(Encoder):
    """In the place of a known encoder of 1,280 dimensions: its spec, without its model."""

    def embed(self, inputs: Tensor) -> Tensor:
        from torch.nn.functional import adaptive_avg_pool2d

        return adaptive_avg_pool2d(inputs, (20, 64)).mean(dim=1).flatten(1)

"""OpenCLIP models: the image tower's projected embedding."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import open_clip
from torch import nn

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.states import fill, read_state

if TYPE_CHECKING:
    from torch import Tensor


class ImageTower(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.visual: nn.Module = model.visual  # type: ignore[assignment]

    def forward(self, inputs: Tensor) -> Tensor:
        embedding: Tensor = self.visual(inputs)
        return embedding


def load(spec: EncoderSpec, weights: Path) -> nn.Module:
    model = open_clip.create_model(spec.architecture)
    fill(spec, model, read_state(weights))
    return ImageTower(model)

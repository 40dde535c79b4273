"""OpenCLIP models: the image tower's projected embedding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import open_clip
from torch import nn

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.weights import read_state, weights_path

if TYPE_CHECKING:
    from torch import Tensor


class ImageTower(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.visual: nn.Module = model.visual  # type: ignore[assignment]

    def forward(self, inputs: Tensor) -> Tensor:
        embedding: Tensor = self.visual(inputs)
        return embedding


def load(spec: EncoderSpec) -> nn.Module:
    model = open_clip.create_model(spec.architecture)
    model.load_state_dict(read_state(weights_path(spec)))
    return ImageTower(model)

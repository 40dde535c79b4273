"""timm models: pooled features before the classifier."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import timm

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.states import match_by_position, read_state

if TYPE_CHECKING:
    from torch import nn


def load(spec: EncoderSpec, weights: Path) -> nn.Module:
    """`spec.architecture` with its classifier's weights checked, then cut off."""
    model = timm.create_model(spec.architecture, pretrained=False)
    found = read_state(weights)
    model.load_state_dict(match_by_position(spec, model.state_dict(), found))
    model.reset_classifier(0)
    module: nn.Module = model
    return module

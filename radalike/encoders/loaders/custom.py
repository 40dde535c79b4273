"""Models of no family: `spec.architecture` names a function, `module:function`, that makes one.

The module's function `load_text`, where it has one, makes the text tower.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.encoders.spec import EncoderSpec
from radalike.errors import NoTextTower

if TYPE_CHECKING:
    from torch import nn

    from radalike.encoders.loaders import TextTower


def load(spec: EncoderSpec, weights: Path) -> nn.Module:
    """What the function returns: an nn.Module from (n, 3, h, w) to (n, dimension)."""
    module_name, _, function = spec.architecture.partition(":")
    module: nn.Module = getattr(import_module(module_name), function)(spec, weights)
    return module


def load_text(spec: EncoderSpec, weights: Path) -> TextTower:
    """What `load_text` of the same module returns: from n texts to (n, dimension).

    Raises NoTextTower when there is none.
    """
    module_name = spec.architecture.partition(":")[0]
    make = getattr(import_module(module_name), "load_text", None)
    if make is None:
        raise NoTextTower(
            f"{spec.id} knows images only, no text",
            hint=f"{module_name} has no function load_text",
            encoder=spec.id,
        )
    tower: TextTower = make(spec, weights)
    return tower

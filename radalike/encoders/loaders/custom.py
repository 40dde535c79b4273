"""Models of no family: `spec.architecture` names a function, `module:function`, that makes one."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.encoders.spec import EncoderSpec

if TYPE_CHECKING:
    from torch import nn


def load(spec: EncoderSpec, weights: Path) -> nn.Module:
    """What the function returns: an nn.Module from (n, 3, h, w) to (n, dimension)."""
    module_name, _, function = spec.architecture.partition(":")
    module: nn.Module = getattr(import_module(module_name), function)(spec, weights)
    return module

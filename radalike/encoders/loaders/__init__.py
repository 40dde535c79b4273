"""One loader a family: `load(spec)` gives a module from (n, 3, h, w) inputs to (n, d) features.

A loader reads the verified weights of `spec` from disk, never from a network, and returns an
`nn.Module` in evaluation mode on the CPU whose output is the embedding before normalisation.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from radalike.encoders.spec import EncoderSpec
from radalike.errors import MissingExtra, WeightsMismatch

if TYPE_CHECKING:
    from torch import nn

# What timm, open_clip and transformers raise for a model or checkpoint that is not as it should be.
_LOADING_ERRORS = (RuntimeError, OSError, ValueError, KeyError, EOFError, AttributeError)


def load_module(spec: EncoderSpec) -> nn.Module:
    """The model of `spec`, through its family's loader.

    Raises MissingExtra when the family's library is not installed, WeightsMissing,
    WeightsMismatch.
    """
    try:
        loader = import_module(f"{__name__}.{spec.family}")
        module: nn.Module = loader.load(spec)
    except ModuleNotFoundError as exc:
        raise MissingExtra(
            f"{spec.id} needs the Python package {exc.name}",
            hint=f"pip install {exc.name}",
            encoder=spec.id,
        ) from exc
    except _LOADING_ERRORS as exc:
        raise WeightsMismatch(
            f"{spec.id}: {spec.architecture} cannot be made from its weights ({exc!s:.200})",
            hint="its family has no such model, or the checkpoint is damaged or of another one",
            encoder=spec.id,
        ) from exc
    return module.eval()

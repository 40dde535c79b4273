"""One loader a family: `load(spec, weights)` gives a module from (n, 3, h, w) inputs to (n, d)
features, before normalisation; `load_text(spec, weights)`, where the family has text towers, gives
a function from n texts to (n, d) features in the same space.

`weights` is the verified file or checkpoint folder. A loader reads from disk, never from a
network, runs no code of a checkpoint, and returns an `nn.Module` in evaluation mode on the CPU.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from radalike.encoders.hub_settings import no_network
from radalike.encoders.spec import EncoderSpec
from radalike.encoders.store import Store
from radalike.encoders.weights import weights_path
from radalike.errors import MissingExtra, WeightsMismatch

if TYPE_CHECKING:
    from torch import Tensor, nn

# What timm, open_clip and transformers raise for a model or checkpoint that is not as it should be.
_LOADING_ERRORS = (
    *(RuntimeError, OSError, ValueError, KeyError, EOFError),
    *(AttributeError, TypeError, AssertionError, ArithmeticError, IndexError),
)


TextTower: TypeAlias = "Callable[[Sequence[str]], Tensor]"


def load_module(spec: EncoderSpec, store: Store | None = None) -> nn.Module:
    """The model of `spec`, through its family's loader.

    Raises MissingExtra when the family's library is not installed, WeightsMissing,
    WeightsMismatch.
    """
    module: nn.Module = _loaded(spec, "load", store)
    return module.eval()


def load_text_tower(spec: EncoderSpec, store: Store | None = None) -> TextTower:
    """The text tower of `spec`, which has one. Raises what `load_module` raises."""
    tower: TextTower = _loaded(spec, "load_text", store)
    return tower


def _loaded(spec: EncoderSpec, function: str, store: Store | None) -> Any:
    weights = weights_path(spec, store)
    try:
        with no_network():
            return getattr(import_module(f"{__name__}.{spec.family}"), function)(spec, weights)
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

"""The methods by name, with the settings of each that are tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias

from radalike.adaptation import lda, linear, mlp, whiten
from radalike.adaptation.examples import Examples
from radalike.adaptation.maps import Map, powered
from radalike.adaptation.whiten import Original
from radalike.errors import UnknownName

Setting: TypeAlias = whiten.Whiten | lda.Lda | linear.Linear | mlp.Mlp

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Method:
    """grid: settings, the simplest (strongest regularised) first. learn: (examples, settings,
    seed) to a map for each of the settings, sharing what they have in common."""

    grid: tuple[Setting, ...]
    learn: Callable[[Examples, Sequence[Any], int], list[Map]]


METHODS: Mapping[str, Method] = {
    "whiten": Method(whiten.GRID, whiten.learn),
    "lda": Method(lda.GRID, lda.learn),
    "linear": Method(linear.GRID, linear.learn),
    "mlp": Method(mlp.GRID, mlp.learn),
}
"""The simplest first."""


LEAST_DIMENSION, _SHARE = 8, 0.3
"""With few classes a map has so few dimensions that unlike images are the same in it; then the
whitened original is put beside it, with this share."""

POWERS = (1.0, 0.5)
"""What embeddings are raised to before the method (see `maps`)."""


def raised(examples: Examples, power: float) -> Examples:
    """The same with embeddings that are raised to `power`."""
    return replace(examples, vectors=powered(examples.vectors, power))


def learn(
    name: str, examples: Examples, settings: Sequence[Setting], seed: int, power: float
) -> list[Map]:
    """A map for each of `settings` of the method of that name; `examples` are `raised`, and the
    map takes embeddings that are not."""
    original = Original(examples)
    maps = METHODS[name].learn(examples, settings, seed)
    shares = [_SHARE if map_.dimension < LEAST_DIMENSION else 0.0 for map_ in maps]
    beside = (original.beside(map_, share) for map_, share in zip(maps, shares, strict=True))
    return [replace(map_, power=power) for map_ in beside]


def candidates(name: str) -> tuple[str, ...]:
    """The method of that name, or all of them for `auto`. Raises UnknownName."""
    if name == AUTO:
        return tuple(METHODS)
    if name not in METHODS:
        raise UnknownName("method", name, [AUTO, *METHODS])
    return (name,)


def described(setting: Setting) -> str:
    """The setting in words: `shrinkage 0.3, original 0.3`."""
    return ", ".join(f"{name} {value}" for name, value in asdict(setting).items())

"""How much of a library each of its encoders covers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from radalike.catalog.coverage import UsedEncoder, images_with_vectors, used_encoders
from radalike.index import generations
from radalike.library.encoders.known_encoder import weights_are_here
from radalike.library.encoders.remembered import spec_of
from radalike.library.layout import open_layout

if TYPE_CHECKING:
    from radalike.library.readable_library import ReadableLibrary


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one encoder: `covered` of the library's `images` have vectors (`vectors` in all: an image
    has several where there are `tiles`, ROWSxCOLUMNS), of which `indexed` are in the built index.

    precision: those that its parts were computed in. weights_here: this machine has its weights,
    so that it can embed what comes, and queries. default: searches use it unless told otherwise.
    """

    id: str
    fingerprint: str
    tiles: str
    rendering: str
    vectors: int
    covered: int
    images: int
    indexed: int
    precision: tuple[str, ...]
    weights_here: bool
    default: bool

    @property
    def share(self) -> float:
        """Of the images that are covered; 1 where there are none."""
        return self.covered / self.images if self.images else 1.0

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "share": round(self.share, 6)}


def coverage_of(library: ReadableLibrary) -> list[Coverage]:
    """The library's default encoder first, then the others by name; those that have vectors, and
    those that an encoding has been begun with."""
    images = library.catalog.totals()["images"]
    default = open_layout(library.layout.root)[1]
    found = [
        _coverage(library, used, images, default) for used in used_encoders(library.catalog.engine)
    ]
    return sorted(found, key=lambda each: (not each.default, each.id, each.tiles, each.fingerprint))


def _coverage(library: ReadableLibrary, used: UsedEncoder, images: int, default: str) -> Coverage:
    parts = library.catalog.parts(used.fingerprint)
    held = held_parts(library, used.fingerprint)
    vectors = sum(part.rows for part in parts)
    tiles, rendering = (str(used.spec.get(name, "")) for name in ("tiles", "rendering"))
    return Coverage(
        id=used.id,
        fingerprint=used.fingerprint,
        tiles=tiles,
        rendering=rendering,
        vectors=vectors,
        # Without tiles an image has one vector: nothing need be counted.
        covered=images_with_vectors(library.catalog.engine, used.fingerprint) if tiles else vectors,
        images=images,
        indexed=sum(part.rows for part in parts if part.name in held),
        precision=tuple(sorted({part.precision for part in parts})),
        weights_here=_weights_are_here(library, used),
        default=used.id == default and not tiles and rendering == library.settings.rendering,
    )


def held_parts(library: ReadableLibrary, fingerprint: str) -> frozenset[str]:
    """Names of an encoder's parts that the built index of the settings' backend holds."""
    if library.settings.backend == "server":
        from radalike.library.indexing.opening import server_target

        return frozenset(library.catalog.projected(server_target(library, fingerprint)))
    if library.settings.backend == "exact":
        return frozenset(part.name for part in library.catalog.parts(fingerprint))
    generation = generations.current(library.layout.index(fingerprint))
    return generations.parts_in(generation) if generation else frozenset()


def _weights_are_here(library: ReadableLibrary, used: UsedEncoder) -> bool:
    if used.fingerprint == library.fingerprint:
        return weights_are_here(library.spec, library.store)
    try:
        spec = spec_of(used.spec)
    except (ValueError, TypeError, KeyError):  # of another version of Radalike
        return False
    if spec.adapts is not None:  # an adapter is kept in the library itself
        location = str(library.layout.root / spec.weights.location)
        spec = replace(spec, weights=replace(spec.weights, location=location))
    return weights_are_here(spec, library.store)

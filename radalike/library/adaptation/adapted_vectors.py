"""The vectors of an adapted space: what the base's parts hold, mapped, without any original."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from radalike.adaptation.files import read_adapter
from radalike.adaptation.maps import apply
from radalike.catalog.store import Catalog, Part, PartRow
from radalike.embeddings.parts import EmbeddingChunk, read_part, sweep
from radalike.encoders.spec import EncoderSpec, fingerprint
from radalike.encoders.weights import weights_path
from radalike.library.vectors.new_part import new_part
from radalike.library.write_lock import write_lock

if TYPE_CHECKING:
    from radalike.library.library import Library

_BUSY = "wait until it has finished, and run the same again; searches are not affected"

Progress = Callable[[int, int], None]


def adapt_stored(
    library: Library, spec: EncoderSpec, progress: Progress = lambda _done, _total: None
) -> int:
    """Map the base's vectors that `spec`, an adapted encoder, has none of; how many there were.

    A part of the base becomes a part of the adapted space at one commit, so that a killed run goes
    on from there, and a run with nothing to do changes nothing. Tiles are mapped where `spec` has
    tiles. Raises LibraryBusy, CorruptPart, WeightsMismatch, StorageFull.
    """
    assert spec.adapts is not None, "only an adapted space has a base to be mapped from"
    map_ = read_adapter(weights_path(spec, library.store)).map
    own, base = fingerprint(spec), fingerprint(replace(spec.adapts, tiles=spec.tiles))
    catalog, layout = library.catalog, library.layout
    with write_lock(layout, way_out=_BUSY):
        catalog.add_encoder(own, spec.id, spec.dimension, asdict(_portable(spec)))
        sweep(layout.embeddings(own), (part.name for part in catalog.parts(own)))
        missing = list(_missing(catalog, base, own))
        total = sum(len(rows) for _, rows in missing)
        done = 0
        for part, rows in missing:
            chunk = read_part(layout.embeddings(base) / part.name, base)
            points = catalog.part_points(part.name)
            mapped = EmbeddingChunk(
                tuple(chunk.ids[row] for row in rows), apply(map_, chunk.vectors[rows])
            )
            catalog.commit(
                part=new_part(layout, spec.id, own, part.precision, mapped),
                rows=[PartRow(points[row].image, points[row].region) for row in rows],
            )
            done += len(rows)
            progress(done, total)
    return done


def _missing(catalog: Catalog, base: str, own: str) -> Iterator[tuple[Part, list[int]]]:
    """The rows of each part of `base` whose image (or region of it) has no vector of `own`."""
    fresh = not catalog.parts(own)
    for part in catalog.parts(base):
        if fresh:
            yield part, list(range(part.rows))
            continue
        points = catalog.part_points(part.name)
        places = catalog.vector_places(own, list({point.image for point in points}))
        there = {(place.image, place.region) for place in places}
        rows = [row for row, point in enumerate(points) if (point.image, point.region) not in there]
        if rows:
            yield part, rows


def _portable(spec: EncoderSpec) -> EncoderSpec:
    """As the catalog keeps it: a library that is moved still has its adapter."""
    place = f"adapters/{spec.id}.safetensors"
    return replace(spec, weights=replace(spec.weights, location=place))

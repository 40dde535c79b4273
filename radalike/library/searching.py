"""One search, from the query to its hits: among images, or among the tiles of images."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from radalike.errors import UsageError
from radalike.filters import Filter, all_of, eq, has_id, not_
from radalike.imaging.tiles import grid_of
from radalike.library.queries import Look, Query, query_vector
from radalike.library.regions import best_of_each_image
from radalike.records import SearchResult

if TYPE_CHECKING:
    from radalike.library.library import Library


def search(
    library: Library,
    query: Query,
    limit: int,
    condition: Filter | None,
    look: Look,
    *,
    tiles: str,
    exact: bool,
    exclude_patient: str | None,
) -> SearchResult:
    started = time.perf_counter()
    space = _tiled(library, tiles) if tiles else library
    vector, own = query_vector(library, query, look)
    searcher = space.exact_searcher if exact else space.searcher
    others = all_of(condition, not_(eq("patient", exclude_patient)) if exclude_patient else None)
    if tiles:
        hits = best_of_each_image(lambda count: searcher.query(vector, count, others), limit, own)
    else:
        hits = searcher.query(vector, limit, all_of(others, not_(has_id([own])) if own else None))
    if not hits:
        check_vectors(library)
    took = (time.perf_counter() - started) * 1000
    return SearchResult(hits, library.encoder_id, searcher.backend, round(took, 3))


def check_vectors(library: Library) -> None:
    """Raises UsageError when there are images, and none has a vector of this encoder."""
    if library.catalog.parts(library.fingerprint) or not library.catalog.totals()["images"]:
        return
    raise UsageError(
        f"this library has no vectors of {library.encoder_id}",
        hint=f"`radalike encode --encoder {library.encoder_id}` adds them",
        encoder=library.encoder_id,
    )


def _tiled(library: Library, tiles: str) -> Library:
    """The library's tiles. Raises UsageError when there are none such."""
    grid_of(tiles)
    space = library.beside(tiles=tiles)
    if not library.catalog.parts(space.fingerprint):
        raise UsageError(
            f"this library has no {tiles} tiles by {library.encoder_id}",
            hint=f"`radalike encode --encoder {library.encoder_id} --tiles {tiles}` stores them",
        )
    return space

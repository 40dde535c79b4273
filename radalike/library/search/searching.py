"""One search, from the query to its hits: among images, or among the tiles of images."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from radalike.encoders.spec import as_typed
from radalike.errors import UsageError
from radalike.filters import Filter, all_of, eq, has_id, not_
from radalike.imaging.tiles import grid_of
from radalike.library.search.collapse import collapsed
from radalike.library.search.marks import NO_MARKS, Marks, refined
from radalike.library.search.queries import Look, Query, is_id, query_vector
from radalike.library.search.regions import best_of_each_image
from radalike.records import Hit, SearchResult, Vectors

if TYPE_CHECKING:
    from radalike.library.library import Library


def search(
    library: Library,
    query: Query,
    limit: int,
    condition: Filter | None,
    look: Look,
    *,
    tiles: str = "",
    exact: bool = False,
    exclude_patient: str | None = None,
    marks: Marks = NO_MARKS,
    collapse: bool = False,
) -> SearchResult:
    started = time.perf_counter()
    if tiles and (collapse or marks):
        raise UsageError(
            f"tiles are searched without {'collapsing' if collapse else 'marks'}",
            hint="search whole images, or leave that out",
        )
    space = _tiled(library, tiles) if tiles else library
    vector, own = query_vector(library, query, look)
    if marks:
        vector = _refined(library, vector, own, marks)
    searcher = space.exact_searcher if exact else space.searcher
    others = all_of(condition, not_(eq("patient", exclude_patient)) if exclude_patient else None)
    unwanted = [*([own] if own and not tiles else []), *marks.not_relevant]
    allowed = all_of(others, not_(has_id(unwanted)) if unwanted else None)

    def fetch(count: int, among: Filter | None = None) -> tuple[Hit, ...]:
        return searcher.query(vector, count, all_of(allowed, among))

    folded: dict[str, int] = {}
    if tiles:
        hits = best_of_each_image(fetch, limit, own)
    elif collapse:
        hits, folded = collapsed(fetch, library.catalog.contents, limit)
    else:
        hits = fetch(limit)
    if not hits:
        check_vectors(library)
    took = (time.perf_counter() - started) * 1000
    return SearchResult(hits, library.encoder_id, searcher.backend, round(took, 3), folded)


def _refined(library: Library, vector: Vectors, own: str | None, marks: Marks) -> Vectors:
    """The query's vector, moved by `marks`. Raises RecordNotFound, UsageError."""
    relevant = [vector, *(_marked(library, image) for image in marks.relevant if image != own)]
    away = [_marked(library, image) for image in marks.not_relevant]
    empty = np.empty((0, len(vector)), dtype=np.float32)
    return refined(np.stack(relevant), np.stack(away) if away else empty)


def _marked(library: Library, image: str) -> Vectors:
    if not is_id(image):  # else it would be taken for a file's name
        library.get(image)
    return query_vector(library, image)[0]


def check_vectors(library: Library) -> None:
    """Raises UsageError when there are images, and none has a vector of this encoder."""
    if library.catalog.parts(library.fingerprint) or not library.catalog.totals()["images"]:
        return
    raise UsageError(
        f"this library has no vectors of {library.encoder_id}",
        hint=f"`radalike encode --encoder {as_typed(library.spec)}` adds them",
        encoder=library.encoder_id,
    )


def _tiled(library: Library, tiles: str) -> Library:
    """The library's tiles. Raises UsageError when there are none such."""
    grid_of(tiles)
    space = library.beside(tiles=tiles)
    if not library.catalog.parts(space.fingerprint):
        encoder = as_typed(library.spec)
        raise UsageError(
            f"this library has no {tiles} tiles by {library.encoder_id}",
            hint=f"`radalike encode --encoder {encoder} --tiles {tiles}` stores them",
        )
    return space

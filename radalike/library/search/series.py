"""Series that look like a series: slice by slice, then as a whole.

Candidates are the series of each slice's nearest neighbours. Each is scored by late interaction
(Khattab & Zaharia 2020, ColBERT, MaxSim): the mean over the query's slices of the best cosine
among the candidate's slices.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from radalike.errors import RecordNotFound, UsageError
from radalike.filters import Filter, all_of, eq, is_empty, not_
from radalike.library.search.queries import is_id
from radalike.library.vectors.stored_vectors import vectors_of
from radalike.records import Hit, Vectors, payload_of

if TYPE_CHECKING:
    from radalike.library.library import Library
    from radalike.library.search.searcher import Searcher

_QUERY_SLICES = 64  # of a longer series, evenly spread
_FEWEST_NEIGHBOURS, _MOST_NEIGHBOURS = 32, 1024  # of each slice


@dataclass(frozen=True, slots=True)
class SeriesHit:
    """One similar series: `score` in [-1, 1], its number of images, and the image of it that is
    most similar to any slice of the query (score: their cosine)."""

    series: str
    score: float
    images: int
    best: Hit


@dataclass(frozen=True, slots=True)
class SeriesResult:
    """`slices`: how many images of the query series were compared."""

    series: str
    slices: int
    hits: tuple[SeriesHit, ...]
    encoder: str
    backend: str
    took_ms: float


def similar_series(
    library: Library,
    series: str,
    limit: int,
    condition: Filter | None,
    *,
    exclude_patient: bool,
    exact: bool,
) -> SeriesResult:
    started = time.perf_counter()
    name = _series_of(library, series)
    members = library.catalog.images_of_series([name])[name]
    query = _vectors(library, _sampled(_embedded(library, members)))[1]
    if not len(query):
        raise RecordNotFound(
            f"no image of series {name} has a vector of {library.encoder_id}",
            hint="search with the encoder that the series was ingested with",
            series=name,
        )
    restriction = all_of(
        condition,
        not_(is_empty("series")),
        not_(eq("series", name)),
        _other_patients(library, members, exclude_patient),
    )
    searcher = library.exact_searcher if exact else library.searcher
    candidates = _candidates(searcher, query, limit, restriction)
    hits = sorted(
        (
            _scored(library, query, candidate, images)
            for candidate, images in library.catalog.images_of_series(candidates).items()
        ),
        key=lambda hit: (-hit.score, hit.series),
    )[:limit]
    took = (time.perf_counter() - started) * 1000
    return SeriesResult(
        name, len(query), tuple(hits), library.encoder_id, searcher.backend, round(took, 3)
    )


def _series_of(library: Library, given: str) -> str:
    """The series pseudonym that `given` is, or that the image with this id belongs to."""
    if library.catalog.images_of_series([given]):
        return given
    if not is_id(given):
        raise RecordNotFound(
            f"no series {given} in this library",
            hint="give a series as `radalike search --json` shows it, or the id of an image in it",
            series=given,
        )
    series = library.get(given).metadata.series
    if series is None:
        raise UsageError(
            f"image {given} belongs to no series", hint="`radalike similar ID` finds single images"
        )
    return series


def _embedded(library: Library, members: Sequence[str]) -> list[str]:
    places = library.catalog.vector_places(library.fingerprint, members)
    with_vector = {place.image for place in places}
    return [image for image in members if image in with_vector]


def _sampled(members: Sequence[str]) -> list[str]:
    if len(members) <= _QUERY_SLICES:
        return list(members)
    chosen = np.linspace(0, len(members) - 1, _QUERY_SLICES).round().astype(int)
    return [members[row] for row in chosen]


def _other_patients(library: Library, members: Sequence[str], exclude: bool) -> Filter | None:
    patient = library.get(members[0]).metadata.patient
    return not_(eq("patient", patient)) if exclude and patient else None


def _candidates(
    searcher: Searcher, query: Vectors, limit: int, restriction: Filter | None
) -> list[str]:
    """At least `limit` series near any slice of `query`, as far as there are so many."""
    neighbours = _FEWEST_NEIGHBOURS
    while True:
        found: set[str] = set()
        exhausted = True
        for vector in query:
            hits = searcher.query(vector, neighbours, restriction)
            exhausted = exhausted and len(hits) < neighbours
            found.update(str(hit.payload["series"]) for hit in hits)
        # Slices of one close series can fill a list: then it is made longer.
        if len(found) >= limit or exhausted or neighbours >= _MOST_NEIGHBOURS:
            return sorted(found)
        neighbours *= 2


def _vectors(library: Library, images: Sequence[str]) -> tuple[list[str], Vectors]:
    """Those of `images` that have a vector, and their vectors (n, dimension)."""
    found = vectors_of(library, images)
    rows = np.array([*found.values()], dtype=np.float32)
    return list(found), rows.reshape(-1, library.spec.dimension)


def _scored(library: Library, query: Vectors, series: str, images: Sequence[str]) -> SeriesHit:
    ids, vectors = _vectors(library, images)
    cosines = query @ vectors.T
    row, column = np.unravel_index(int(cosines.argmax()), cosines.shape)
    best = library.get(ids[column])
    score = float(cosines[row, column])
    return SeriesHit(
        series,
        float(cosines.max(axis=1).mean()),
        len(ids),
        Hit(best.id, score, payload_of(best.metadata)),
    )

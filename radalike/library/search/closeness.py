"""Whether the best hit is close: what is usual between neighbours of this library and encoder.

Of a random sample of the library's images, each asks for the nearest image that is of another
patient, another series and another content. The first percentile of these scores is the threshold:
a query that is as much at home here as the library's own images falls below it once in a hundred.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from radalike.catalog.store import Catalog, Part
from radalike.errors import CorruptPart
from radalike.filters import Filter, all_of, eq, has_id, not_
from radalike.library.vectors.sampling import sampled
from radalike.records import ImageRecord, SearchResult
from radalike.storage import replace_text

if TYPE_CHECKING:
    from radalike.embeddings.parts import EmbeddingChunk
    from radalike.library.open_library import OpenLibrary
    from radalike.library.search.searcher import Searcher

SAMPLE, FEWEST = 500, 30
"""Images that are asked for their neighbour; with fewer than FEWEST answers nothing is known."""

MOST_PENDING = 50_000
"""Vectors that are in no built index yet: with more, asking takes too long to do it unasked."""

PERCENTILES = (1, 5, 50)
_GROWTH = 1.25
_FIRST_ASKED = 4
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Closeness:
    """Cosine similarities of images of the library to their nearest: `percentiles` (1, 5, 50), of
    `sample` images, calibrated when there were `vectors`, at `calibrated` (ISO 8601, UTC)."""

    percentiles: Mapping[int, float]
    sample: int
    vectors: int
    calibrated: str

    @property
    def threshold(self) -> float:
        """A best hit that scores less is no good match."""
        return self.percentiles[PERCENTILES[0]]

    def is_close(self, score: float) -> bool:
        return score >= self.threshold


def good_match(closeness: Closeness | None, result: SearchResult) -> bool | None:
    """Whether the best hit is close; None where that is not known, or nothing was found.

    For results of whole images only: words, tiles, and queries that were moved by marks score on
    another scale.
    """
    if closeness is None or not result.hits:
        return None
    return closeness.is_close(result.hits[0].score)


@dataclass(frozen=True, slots=True)
class _Calibrated:
    """What was found when there were `vectors`: None where the sample was too small."""

    vectors: int
    closeness: Closeness | None

    def holds(self, vectors: int) -> bool:
        """Until the vectors are a quarter more, or any fewer: then some have been erased."""
        return self.vectors <= vectors < _GROWTH * self.vectors


class Calibration:
    """The closeness of one encoder's vectors, kept in a file of the library; it is calibrated anew
    when it no longer holds. Several threads and processes may ask: the sample is seeded, so they
    find the same."""

    def __init__(self, library: OpenLibrary) -> None:
        self._library = library
        self._path = library.layout.closeness(library.fingerprint)
        self._lock = Lock()
        self._last: _Calibrated | None = None

    def current(self, *, exact: bool = False) -> Closeness | None:
        """None where it is not known: too few images, tiles, or no index built yet of many. Takes
        about a second when it is to be calibrated; other threads go on with what was known before.
        With `exact` no built index is opened for it. Raises CorruptPart.
        """
        if self._library.spec.tiles:
            return None
        last = self._last
        vectors = sum(part.rows for part in self._parts())
        if vectors < FEWEST:
            return None
        if last is not None and last.holds(vectors):
            return last.closeness
        if not self._lock.acquire(blocking=last is None):
            assert last is not None
            return last.closeness
        try:
            library = self._library
            searcher = library.exact_searcher if exact else library.searcher
            self._last = self._renewed(vectors, searcher)
            return self._last.closeness
        finally:
            self._lock.release()

    def _renewed(self, vectors: int, searcher: Searcher) -> _Calibrated:
        known = [each for each in (self._last, _read(self._path)) if each is not None]
        for each in known:
            if each.holds(vectors):
                return each  # another thread, or another process, has just done it
        if searcher.pending > MOST_PENDING:
            older = [each.closeness for each in known if each.vectors <= vectors]
            return _Calibrated(0, older[0] if older else None)
        found = self._calibrated(searcher)
        try:
            self._path.parent.mkdir(exist_ok=True)
            replace_text(self._path, _text(found))
        except OSError as exc:
            _log.warning("the closeness of neighbours cannot be kept: %s", exc.strerror)
        return found

    def _calibrated(self, searcher: Searcher) -> _Calibrated:
        parts = self._parts()
        try:
            chunk = sampled(self._folder, parts, SAMPLE, seed=0)
        except CorruptPart:
            if self._parts() == parts:
                raise
            return self._calibrated(searcher)  # rewritten by an erasure while it was read
        scores = nearest_scores(self._library.catalog, searcher, chunk)
        return _of(scores, sum(part.rows for part in parts))

    @property
    def _folder(self) -> Path:
        return self._library.layout.embeddings(self._library.fingerprint)

    def _parts(self) -> list[Part]:
        return self._library.catalog.parts(self._library.fingerprint)


def nearest_scores(catalog: Catalog, searcher: Searcher, chunk: EmbeddingChunk) -> list[float]:
    """The cosine similarity of each image of `chunk` to the nearest that is of another patient and
    series (where they are known) and of another content; without those that have none."""
    records = catalog.records(chunk.ids)
    vectors = dict(zip(chunk.ids, chunk.vectors, strict=True))
    waiting = [records[image] for image in chunk.ids if image in records]
    scores: list[float] = []
    asked = _FIRST_ASKED
    while waiting:
        found = {
            record.id: searcher.query(vectors[record.id], asked, _others(record))
            for record in waiting
        }
        contents = catalog.contents(list({hit.id for hits in found.values() for hit in hits}))
        again = []
        for record in waiting:
            hits = found[record.id]
            other = (hit.score for hit in hits if contents.get(hit.id) != record.content)
            best = next(other, None)
            if best is not None:
                scores.append(best)
            elif len(hits) == asked:  # all of them copies
                again.append(record)
        waiting, asked = again, asked * 8
    return scores


def _others(record: ImageRecord) -> Filter | None:
    known = {"patient": record.metadata.patient, "series": record.metadata.series}
    same = [not_(eq(name, value)) for name, value in known.items() if value is not None]
    return all_of(not_(has_id([record.id])), *same)


def _of(scores: list[float], vectors: int) -> _Calibrated:
    if len(scores) < FEWEST:
        return _Calibrated(vectors, None)
    values = np.percentile(scores, PERCENTILES).tolist()
    percentiles = dict(zip(PERCENTILES, values, strict=True))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return _Calibrated(vectors, Closeness(percentiles, len(scores), vectors, now))


def _text(found: _Calibrated) -> str:
    known = found.closeness
    if known is None:
        return json.dumps({"vectors": found.vectors, "sample": 0})
    return json.dumps(
        {
            "vectors": found.vectors,
            "sample": known.sample,
            "calibrated": known.calibrated,
            "percentiles": {str(name): value for name, value in known.percentiles.items()},
        }
    )


def _read(path: Path) -> _Calibrated | None:
    """None for a file that cannot be read, or says something else: it is made anew."""
    try:
        said = json.loads(path.read_text())
        vectors, sample = int(said["vectors"]), int(said["sample"])
        if not sample:
            return _Calibrated(vectors, None)
        percentiles = {name: float(said["percentiles"][str(name)]) for name in PERCENTILES}
        closeness = Closeness(percentiles, sample, vectors, str(said["calibrated"]))
    except (OSError, KeyError, TypeError, ValueError):
        return None
    return _Calibrated(vectors, closeness)

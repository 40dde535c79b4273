"""The exact nearest neighbours of a set of queries: what every measure of retrieval begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.exact_neighbours import ExactSearch, Exclusion, Neighbours
from eval.exclusion import exclusion_of
from eval.images import EmbeddedImages, Images, Mask, Rows
from eval.saved_state import SavedState
from radalike.errors import UsageError
from radalike.records import Vectors

Progress = Callable[[int, int], None]
"""Called with the rows of the index that have been searched, and all of them."""

KEPT_BYTES = 1 << 28
"""Most bytes of an index that are kept rather than read twice."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """queries (q,), index (n,): rows of the images that were searched for, and searched, ascending.
    neighbours (q, k): rows, the most similar first, equal scores in order of id, -1 where the index
    has fewer. scores (q, k): float64 inner products, -inf there. exclusion: what was not found.
    """

    encoder: str
    queries: Rows
    index: Rows
    neighbours: Rows
    scores: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    exclusion: Exclusion

    @property
    def overlap(self) -> int:
        """Queries that are in the index as well; none of them finds itself."""
        return len(np.intersect1d(self.queries, self.index, assume_unique=True))


def rank(
    library: EmbeddedImages,
    images: Images,
    *,
    index: Mask,
    queries: Mask,
    k: int,
    encoder: str | None = None,
    exclude: Sequence[str] = (),
    progress: Progress = lambda _done, _total: None,
    resume_in: Path | None = None,
) -> Ranking:
    """The `k` neighbours among `index` of each of `queries`, of the images that have an embedding.

    exclude: of `eval.exclusion.EXCLUSIONS`. resume_in: a folder for what has been found so far; a
    search that was interrupted there goes on. Memory holds the query vectors, their neighbours and
    one chunk of the index. Raises UsageError when there is nothing to search or to search for.
    """
    source = _Embeddings(library, images, index, encoder)
    asked, vectors = source.collect(queries)
    if not len(asked):
        raise UsageError(
            "there is no query image with an embedding",
            hint="choose other images with --queries, or ingest them with this encoder first",
            role="query",
        )
    exclusion = exclusion_of(images, asked, exclude)
    total = int(index.sum())
    named = repr((encoder or library.encoder_id, *exclude, k)).encode()
    state = SavedState(resume_in, "search", (images.ids, index, vectors, named))
    saved = state.load()
    begun = Neighbours(saved["rows"], saved["scores"]) if saved else None
    searched_before = int(saved["chunks"]) if saved else 0
    search = ExactSearch(vectors, k, exclusion=exclusion, begun=begun)
    searched = []
    done = 0
    for number, (rows, chunk) in enumerate(source.chunks()):
        if number >= searched_before:
            search.take_in(rows, chunk)
            if state.is_due:
                best, chunks = search.best, np.array(number + 1)
                state.save({"rows": best.rows, "scores": best.scores, "chunks": chunks})
        searched.append(rows)
        done += len(rows)
        progress(done, total)
    if not searched:
        raise UsageError(
            "there is no index image with an embedding",
            hint="choose other images with --index, or ingest them with this encoder first",
            role="index",
        )
    state.remove()
    best = search.best
    return Ranking(
        encoder or library.encoder_id,
        asked,
        np.sort(np.concatenate(searched)),
        best.rows,
        best.scores,
        exclusion,
    )


def collect(
    library: EmbeddedImages, images: Images, which: Mask, encoder: str | None = None
) -> tuple[Rows, Vectors]:
    """The rows among `which` that have an embedding, ascending, and their vectors (n, d)."""
    return _Embeddings(library, images, np.zeros(len(images), dtype=bool), encoder).collect(which)


class _Embeddings:
    """The embeddings of an index as they are stored, and of queries that are among them. What the
    queries' reading meets of the index is kept, up to KEPT_BYTES, and not read again."""

    def __init__(
        self, library: EmbeddedImages, images: Images, index: Mask, encoder: str | None
    ) -> None:
        self._library = library
        self._images = images
        self._index = index
        self._encoder = encoder
        self._kept: list[tuple[Rows, Vectors]] | None = None

    def collect(self, which: Mask) -> tuple[Rows, Vectors]:
        """The rows among `which` that have an embedding, ascending, and their vectors (n, d)."""
        wanted = np.flatnonzero(which)
        has_vector = np.zeros(len(wanted), dtype=bool)
        vectors: Vectors = np.empty((0, 1), dtype=np.float32)
        kept: list[tuple[Rows, Vectors]] | None = []
        for rows, chunk in self._stored():
            chosen = (rows >= 0) & which[rows]
            if not len(vectors):  # all at once: they can take half of the memory
                vectors = np.empty((len(wanted), chunk.shape[1]), dtype=np.float32)
            places = np.searchsorted(wanted, rows[chosen])
            vectors[places] = chunk[chosen]
            has_vector[places] = True
            if kept is not None:
                kept += _among(self._index, rows, chunk)
                if sum(some.nbytes for _, some in kept) > KEPT_BYTES:
                    kept = None
        self._kept = kept
        if not has_vector.all():
            vectors = vectors[has_vector[: len(vectors)]]
        return wanted[has_vector], vectors

    def chunks(self) -> Iterator[tuple[Rows, Vectors]]:
        """Those of the index."""
        if self._kept is not None:
            yield from self._kept
            return
        for rows, chunk in self._stored():
            yield from _among(self._index, rows, chunk)

    def _stored(self) -> Iterator[tuple[Rows, Vectors]]:
        for chunk in self._library.embeddings(encoder=self._encoder):
            yield self._images.rows_of(chunk.ids), chunk.vectors


def _among(which: Mask, rows: Rows, vectors: Vectors) -> list[tuple[Rows, Vectors]]:
    """The chunk's rows that `which` has, as a chunk; none for none."""
    wanted = (rows >= 0) & which[rows]
    if wanted.all():
        return [(rows, vectors)]
    return [(rows[wanted], vectors[wanted])] if wanted.any() else []

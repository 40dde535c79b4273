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
    asked, vectors = collect(library, images, queries, encoder)
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
    for number, (rows, chunk) in enumerate(_chunks(library, images, index, encoder)):
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
    wanted = np.flatnonzero(which)
    has_vector = np.zeros(len(wanted), dtype=bool)
    vectors: Vectors = np.empty((0, 1), dtype=np.float32)
    for rows, chunk in _chunks(library, images, which, encoder):
        if not len(vectors):  # all at once: they can take half of the memory
            vectors = np.empty((len(wanted), chunk.shape[1]), dtype=np.float32)
        places = np.searchsorted(wanted, rows)
        vectors[places] = chunk
        has_vector[places] = True
    if not has_vector.all():
        vectors = vectors[has_vector[: len(vectors)]]
    return wanted[has_vector], vectors


def _chunks(
    library: EmbeddedImages, images: Images, which: Mask, encoder: str | None
) -> Iterator[tuple[Rows, Vectors]]:
    """The embeddings of the rows that `which` has, as they are stored."""
    for chunk in library.embeddings(encoder=encoder):
        rows = images.rows_of(chunk.ids)
        wanted = (rows >= 0) & which[rows]
        if wanted.all():
            yield rows, chunk.vectors
        elif wanted.any():
            yield rows[wanted], chunk.vectors[wanted]

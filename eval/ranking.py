"""The exact nearest neighbours of a set of queries: what every measure of retrieval begins with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.embedded_rows import StoredIndex
from eval.exact_neighbours import ExactSearch, Exclusion, Neighbours
from eval.exclusion import exclusion_of
from eval.images import EmbeddedImages, Images, Mask, Rows
from eval.saved_state import Arrays, KeptWork, SavedState
from radalike.errors import UsageError

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
    resume_in: KeptWork | None = None,
) -> Ranking:
    """The `k` neighbours among `index` of each of `queries`, of the images that have an embedding.

    exclude: of `eval.exclusion.EXCLUSIONS`. resume_in: takes what has been found so far; a
    search that was interrupted there goes on. Memory holds the query vectors, their neighbours and
    one chunk of the index. Raises UsageError when there is nothing to search or to search for.
    """
    source = StoredIndex(library, images, index, encoder)
    asked, vectors = source.collect(queries)
    if not len(asked):
        raise UsageError(
            "there is no query image with an embedding",
            hint="choose other images with --queries, or ingest them with this encoder first",
            role="query",
        )
    exclusion = exclusion_of(images, asked, exclude)
    total = int(index.sum())
    named = repr((encoder or library.encoder_id, k)).encode()
    excluded = (exclusion.of_queries, exclusion.of_rows)
    state = SavedState(resume_in, "search", (images.ids, index, vectors, *excluded, named))
    saved = state.load()
    begun = Neighbours(saved["rows"], saved["scores"]) if saved else None
    # By row, not by chunk: the parts can be cut in another way since the search was begun.
    searched = saved["searched"] if saved else np.zeros(len(images), dtype=bool)
    search = ExactSearch(vectors, k, exclusion=exclusion, begun=begun)
    for rows, chunk in source.chunks():
        left = ~searched[rows]
        search.take_in(rows[left], chunk[left] if not left.all() else chunk)
        searched[rows] = True
        if state.is_due:
            state.save(_arrays(search.best, searched))
        progress(int(searched.sum()), total)
    if not searched.any():
        raise UsageError(
            "there is no index image with an embedding",
            hint="choose other images with --index, or ingest them with this encoder first",
            role="index",
        )
    best = search.best
    state.finish(_arrays(best, searched))
    return Ranking(
        encoder or library.encoder_id,
        asked,
        np.flatnonzero(searched),
        best.rows,
        best.scores,
        exclusion,
    )


def _arrays(best: Neighbours, searched: Mask) -> Arrays:
    return {"rows": best.rows, "scores": best.scores, "searched": searched}

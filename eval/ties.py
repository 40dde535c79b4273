"""How much the order of equal scores can matter: the least and the most that P@N could be."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eval.metrics import Judged, Values


def tied_queries(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which queries have two neighbours of the same score; scores (queries, k), descending."""
    return np.asarray(((scores[:, 1:] == scores[:, :-1]) & np.isfinite(scores[:, 1:])).any(axis=1))


def precision_bounds(
    judged: Judged, scores: npt.NDArray[np.float64], at: int, *, exhausted: npt.NDArray[np.bool_]
) -> tuple[Values, Values]:
    """The least and greatest P@`at` of each query over all orders of neighbours with equal scores.

    scores: (queries, k). exhausted: (queries,), whether the k neighbours are all that there are;
    else the last ones may be tied with some that are not known, which may be hits or not.
    """
    first = np.minimum(at, judged.relevant)
    rows = np.arange(len(judged))
    decisive = scores[rows, first - 1]
    before = (scores > decisive[:, None]).sum(axis=1)
    tied = (scores == decisive[:, None]).sum(axis=1)
    counted = np.concatenate(
        [np.zeros((len(judged), 1), dtype=np.int32), judged.cumulative_hits], axis=1
    )
    sure = counted[rows, before]
    hits = counted[rows, before + tied] - sure
    open_places = first - before
    least = sure + np.maximum(0, open_places - (tied - hits))
    most = sure + np.minimum(hits, open_places)
    unknown = (before + tied == judged.depth) & ~exhausted & (tied > open_places)
    least = np.where(unknown, sure, least)
    most = np.where(unknown, np.minimum(sure + open_places, judged.relevant), most)
    return least / first, most / first

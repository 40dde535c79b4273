"""Neighbours judged: what each is worth to its query, and how much there was to be found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.exclusion import excluded_pairs
from eval.images import Codes, Images
from eval.metrics import Judged
from eval.ranking import Ranking
from eval.relevance import Gain, Gains, Relevance


@dataclass(frozen=True, slots=True)
class Judgement:
    """The queries of a ranking that can be scored by one relevance.

    queries: positions in the ranking. classes: the code of each in the relevance's column.
    unanswerable: positions of those that could be scored, but the index has no hit for them.
    """

    judged: Judged
    queries: Codes
    classes: Codes
    unanswerable: Codes


def judge(images: Images, ranking: Ranking, relevance: Relevance) -> Judgement:
    codes = images.columns[relevance.column].codes
    gains = Gains.of(images, relevance)
    of_queries = codes[ranking.queries]
    of_neighbours = np.where(ranking.neighbours >= 0, codes[ranking.neighbours], -1)
    hist = np.bincount(codes[ranking.index][codes[ranking.index] >= 0], minlength=1)
    relevant = _relevant(images, ranking, codes, gains, hist)
    scored = np.flatnonzero((of_queries >= 0) & (relevant > 0))
    ideal = None
    if relevance.gain is Gain.JACCARD:
        ideal = _ideal(images, ranking, codes, gains, hist)[scored]
    return Judgement(
        judged=Judged(
            gains.between(of_queries[scored, None], of_neighbours[scored]),
            relevant[scored],
            ideal,
        ),
        queries=scored,
        classes=of_queries[scored],
        unanswerable=np.flatnonzero((of_queries >= 0) & (relevant == 0)),
    )


def _relevant(
    images: Images, ranking: Ranking, codes: Codes, gains: Gains, hist: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """The hits that the index has for each query, less those that it must not find: (queries,)."""
    of_queries = codes[ranking.queries]
    values, place = np.unique(of_queries, return_inverse=True)
    others = np.arange(len(hist))
    counts = np.array(
        [int(hist[gains.between(np.full(1, value), others) > 0].sum()) for value in values],
        dtype=np.int64,
    )
    relevant = counts[place]
    for positions, rows in excluded_pairs(ranking.exclusion, ranking.index):
        hits = gains.between(of_queries[positions], codes[rows]) > 0
        np.subtract.at(relevant, positions[hits], 1)
    return relevant


def _ideal(
    images: Images, ranking: Ranking, codes: Codes, gains: Gains, hist: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """The k greatest gains that the index has for each query: float32, (queries, k), descending."""
    depth = ranking.neighbours.shape[1]
    of_queries = codes[ranking.queries]
    others = np.arange(len(hist))
    ideal = np.zeros((len(of_queries), depth), dtype=np.float32)
    lost: dict[int, list[int]] = {}
    for positions, rows in excluded_pairs(ranking.exclusion, ranking.index):
        for position, code in zip(positions.tolist(), codes[rows].tolist(), strict=True):
            if code >= 0:
                lost.setdefault(position, []).append(code)
    for value in np.unique(of_queries[of_queries >= 0]):
        worth = gains.between(np.full(1, value), others)
        order = np.argsort(-worth, kind="stable")
        whole = _greatest(worth, order, hist, depth)
        for position in np.flatnonzero(of_queries == value).tolist():
            ideal[position] = whole
            if position in lost:
                left = hist - np.bincount(lost[position], minlength=len(hist))
                ideal[position] = _greatest(worth, order, left, depth)
    return ideal


def _greatest(
    worth: npt.NDArray[np.float32],
    order: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    depth: int,
) -> npt.NDArray[np.float32]:
    best = np.zeros(depth, dtype=np.float32)
    repeated = np.repeat(worth[order], np.minimum(counts[order], depth))[:depth]
    best[: len(repeated)] = repeated
    return best

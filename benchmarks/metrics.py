"""All numbers of a large evaluation once its neighbours are known: 160,000 queries, an index of
1,300,000 images, 160 classes of skewed sizes; P@1 to P@100, micro and macro, over all and by
modality, region, data set, class and class size.

The target is 5 seconds. Peer: the same numbers the pandas way, row by row (as in
`benchmarks.evaluation`), without the breakdowns, measured on 2,000 of the queries and scaled.
"""

from __future__ import annotations

import json
import os
import time
from statistics import median
from typing import Any

import numpy as np

from benchmarks.evaluation import by_row
from eval.exact_neighbours import Exclusion
from eval.images import Column, Images
from eval.judging import judge
from eval.metrics import P
from eval.ranking import Ranking
from eval.relevance import relevance_of
from eval.retrieval import Question
from eval.retrieval.evaluate import report_of
from eval.retrieval.scoring import scored_from

QUERIES, INDEX, CLASSES, TOP, RUNS, SLICE = 160_000, 1_300_000, 160, 100, 3, 2_000
BY = ("modality", "anatomy", "dataset", "label", "class-size")
SEED = 3


def synthetic() -> tuple[Images, Ranking]:
    """Images of both splits, and for each query neighbours of which about half are of its class."""
    random = np.random.default_rng(SEED)
    share = 1 / np.arange(1, CLASSES + 1)
    codes = random.choice(CLASSES, INDEX + QUERIES, p=share / share.sum()).astype(np.int32)
    queries = np.arange(INDEX, INDEX + QUERIES)
    names = tuple(f"CT/region-{code % 12:02}/pathology-{code:03}" for code in range(CLASSES))
    images = Images(
        np.arange(INDEX + QUERIES).astype("S36"),
        {
            "label": Column(codes, names),
            "modality": Column(codes % 4, ("CT", "MR", "US", "XR")),
            "anatomy": Column(codes % 12, tuple(f"region-{region:02}" for region in range(12))),
            "dataset": Column(codes % 5, ("a", "b", "c", "d", "e")),
            "patient": Column(np.full(len(codes), -1, dtype=np.int32), ()),
        },
        {},
    )
    by_class = np.argsort(codes[:INDEX], kind="stable")
    first = np.searchsorted(codes[:INDEX][by_class], np.arange(CLASSES))
    sizes = np.bincount(codes[:INDEX], minlength=CLASSES)
    own = codes[queries, None]
    within = (random.random((QUERIES, TOP + 1)) * sizes[own]).astype(np.int64)
    neighbours = by_class[first[own] + within]
    others = random.random(neighbours.shape) < 0.5
    neighbours[others] = random.integers(0, INDEX, others.sum())
    scores = -np.sort(-random.random(neighbours.shape), axis=1)
    itself = Exclusion(queries[:, None], np.arange(len(codes))[:, None])
    return images, Ranking("synthetic", queries, np.arange(INDEX), neighbours, scores, itself)


def ours(images: Images, ranking: Ranking) -> Any:
    question = Question(metrics=tuple(P(n) for n in range(1, TOP + 1)))
    judgement = judge(images, ranking, relevance_of("label"))
    return report_of(scored_from(images, question, (ranking,), (judgement,)), question, by=BY)


def run() -> dict[str, Any]:
    import pandas as pd

    images, ranking = synthetic()
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        report = ours(images, ranking)
        seconds.append(time.perf_counter() - started)
    column = images.columns["label"]
    labels = np.array(column.names)
    found = pd.DataFrame(labels[column.codes[ranking.neighbours[:SLICE, :TOP]]])
    asked = pd.DataFrame({"label": labels[column.codes[ranking.queries[:SLICE]]]})
    counts = dict(zip(column.names, np.bincount(column.codes[ranking.index]).tolist(), strict=True))
    started = time.perf_counter()
    for values in by_row(found, asked, counts):
        series = pd.Series(values)
        by_class = series.groupby(asked["label"])
        series.mean(), series.std(), by_class.mean().mean(), by_class.std().mean()
    peer = (time.perf_counter() - started) * QUERIES / SLICE
    return {
        "benchmark": "metrics",
        "cores": os.cpu_count(),
        "queries": QUERIES,
        "metrics": TOP,
        "breakdowns": {name: len(groups) for name, groups in report.by.items()},
        "seconds": round(median(seconds), 2),
        "target_seconds": 5,
        "peer_seconds_scaled": round(peer, 1),
        "over_peer": round(peer / median(seconds), 1),
        "P@1": report.micro["P@1"],
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))

"""What every classification reports: how right it was, over whom, and what could not be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.classed_images import ClassedImages
from eval.classification.measures import ClassScores, measure, predicted
from eval.images import Rows
from eval.retrieval.report import Intervals, finite
from radalike.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """micro, macro: of `eval.classification.measures.NAMES`. intervals: of the accuracies.

    n_index: images that were learnt from or searched, of `n_classes` classes. without_queries:
    classes of the index that no query has; they are in no macro mean. not_in_index: queries of
    classes that the index has not, by class; they are not scored. left_out: images without one
    class, without_vector: without an embedding, by role.
    """

    relevance: str
    encoder: str
    n_queries: int
    n_index: int
    n_classes: int
    micro: Mapping[str, float]
    macro: Mapping[str, float]
    intervals: Intervals | None
    without_queries: tuple[str, ...]
    not_in_index: Mapping[str, int]
    left_out: Mapping[str, int]
    without_vector: Mapping[str, int]


def classes_to_tell(classed: ClassedImages, index: Rows) -> npt.NDArray[np.int64]:
    """The classes of `index`, ascending. Raises UsageError when there are fewer than two."""
    found = np.unique(classed.classes[index]).astype(np.int64)
    if len(found) < 2:
        raise UsageError(
            f"the {len(index)} index images are all of one {classed.relevance}: there is nothing "
            "to tell apart",
            hint="choose a wider --index, or another --relevance",
        )
    return found


def not_in_index(classed: ClassedImages, queries: Rows) -> Mapping[str, int]:
    """How many of `queries` there are of each class, the most first."""
    names = [classed.names[code] for code in classed.classes[queries].tolist()]
    return dict(Counter(names).most_common())


def outcome_of(
    classed: ClassedImages,
    encoder: str,
    *,
    index: Rows,
    told: npt.NDArray[np.int64],
    queries: Rows,
    scores: ClassScores,
    apart: Rows,
    without_vector: Mapping[str, int],
    draws: int,
    seed: int,
) -> Outcome:
    """told: classes, the columns of `scores`; `queries` are of these, `apart` are of others.

    Raises UsageError when no query is left.
    """
    if not len(queries):
        raise UsageError(
            f"none of the {len(apart)} queries has its {classed.relevance} in the index",
            hint="choose an index and queries that share classes",
        )
    truth = np.searchsorted(told, classed.classes[queries])
    measures = measure(truth, scores)
    present = set(truth.tolist())
    return Outcome(
        relevance=classed.relevance,
        encoder=encoder,
        n_queries=len(queries),
        n_index=len(index),
        n_classes=len(told),
        micro=measures.micro,
        macro=measures.macro,
        intervals=_intervals(classed, queries, truth, scores, draws, seed) if draws else None,
        without_queries=tuple(
            classed.names[code] for place, code in enumerate(told) if place not in present
        ),
        not_in_index=not_in_index(classed, apart),
        left_out={role: classed.left_out[role] for role in ("queries", "index")},
        without_vector=without_vector,
    )


def _intervals(
    classed: ClassedImages,
    queries: Rows,
    truth: npt.NDArray[np.int64],
    scores: ClassScores,
    draws: int,
    seed: int,
) -> Intervals:
    from eval.statistics.bootstrap import bootstrap_intervals

    right = (predicted(scores) == truth).astype(np.float64)[:, None]
    found = bootstrap_intervals(right, truth, classed.patients[queries], draws=draws, seed=seed)
    (micro,), (macro,) = found.micro.tolist(), found.macro.tolist()
    return Intervals(
        micro={"accuracy": tuple(micro)},
        macro={"accuracy": tuple(macro)},
        patients=found.clusters,
        draws=draws,
        seed=seed,
        confidence=found.confidence,
    )


def outcome_json(outcome: Outcome) -> dict[str, object]:
    """Plain JSON values; a number that does not exist (NaN) is null."""
    intervals = None
    if outcome.intervals is not None:
        intervals = {
            kind: {name: [finite(low), finite(high)] for name, (low, high) in bounds.items()}
            for kind, bounds in (
                ("micro", outcome.intervals.micro),
                ("macro", outcome.intervals.macro),
            )
        } | {
            "patients": outcome.intervals.patients,
            "draws": outcome.intervals.draws,
            "seed": outcome.intervals.seed,
            "confidence": outcome.intervals.confidence,
        }
    return {
        "n_queries": outcome.n_queries,
        "n_index": outcome.n_index,
        "n_classes": outcome.n_classes,
        "relevance": outcome.relevance,
        "encoder": outcome.encoder,
        "micro": {name: finite(value) for name, value in outcome.micro.items()},
        "macro": {name: finite(value) for name, value in outcome.macro.items()},
        "intervals": intervals,
        "classes_without_queries": list(outcome.without_queries),
        "not_in_index": sum(outcome.not_in_index.values()),
        "not_in_index_by_class": dict(outcome.not_in_index),
        "left_out": dict(outcome.left_out),
        "without_vector": dict(outcome.without_vector),
    }

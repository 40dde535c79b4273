"""What is said of classes that are not found, and the same as JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eval.retrieval.report import finite


@dataclass(frozen=True, slots=True)
class Confusion:
    """share: of the class's queries, those whose nearest neighbour is of the class `name` and no
    hit."""

    name: str
    share: float


@dataclass(frozen=True, slots=True)
class Found:
    """One neighbour: its id, its class, the cosine similarity, and whether it is a hit."""

    id: str
    name: str
    similarity: float
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Example:
    """A query whose nearest neighbour is no hit, by its id, and its first neighbours."""

    query: str
    neighbours: tuple[Found, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingClass:
    """n_index: images of the class that were searched. precision: P@1. confusions: the most
    frequent ones. similarity_of_hits, similarity_of_misses: mean cosine similarity of the nearest
    neighbours that are hits, and of those that are not; NaN for none."""

    name: str
    n_queries: int
    n_index: int
    precision: float
    confusions: tuple[Confusion, ...]
    similarity_of_hits: float
    similarity_of_misses: float
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailuresReport:
    """failing: the classes with P@1 below `below`, the worst first. n_classes: that have a query.
    n_queries, n_index: scored, searched. unanswerable: queries whose class the index does not
    have, by class; they count nowhere. left_out, without_vector: see `RetrievalReport`."""

    encoder: str
    relevance: str
    exclude: tuple[str, ...]
    below: float
    n_queries: int
    n_index: int
    n_classes: int
    failing: tuple[FailingClass, ...]
    unanswerable: Mapping[str, int]
    left_out: Mapping[str, int]
    without_vector: Mapping[str, int]


def as_json(report: FailuresReport, *, ids: bool = False) -> dict[str, object]:
    """Plain JSON values; a number that does not exist (NaN) is null. ids: with the examples, which
    name images: for the screen, never for a stored run."""
    return {
        "encoder": report.encoder,
        "relevance": report.relevance,
        "exclude": list(report.exclude),
        "below": report.below,
        "n_queries": report.n_queries,
        "n_index": report.n_index,
        "n_classes": report.n_classes,
        "failing": [_class_as_json(each, ids=ids) for each in report.failing],
        "unanswerable": sum(report.unanswerable.values()),
        "unanswerable_by_class": dict(report.unanswerable),
        "left_out": dict(report.left_out),
        "without_vector": dict(report.without_vector),
    }


def _class_as_json(each: FailingClass, *, ids: bool) -> dict[str, object]:
    written: dict[str, object] = {
        "name": each.name,
        "n_queries": each.n_queries,
        "n_index": each.n_index,
        "P@1": each.precision,
        "confused_with": [{"name": c.name, "share": c.share} for c in each.confusions],
        "similarity_of_hits": finite(each.similarity_of_hits),
        "similarity_of_misses": finite(each.similarity_of_misses),
    }
    if ids:
        written["examples"] = [
            {
                "query": example.query,
                "neighbours": [
                    {"id": n.id, "name": n.name, "similarity": n.similarity, "is_hit": n.is_hit}
                    for n in example.neighbours
                ],
            }
            for example in each.examples
        ]
    return written

"""What is asked of a library: which images are searched, for which, and what counts as found."""

from __future__ import annotations

from dataclasses import dataclass

from eval.metrics import Metric, P
from radalike.errors import UsageError
from radalike.filters import Filter, eq

TRAIN, TEST = eq("split", "train"), eq("split", "test")
THE_STUDYS: tuple[Metric, ...] = (P(1), P(3), P(5), P(10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """index, queries: the images that are searched, and searched for; None: all.

    relevance: of `eval.relevance.RELEVANCES`. exclude: of `eval.exclusion.EXCLUSIONS`, what a query
    must not find besides itself. given: a column; each query is searched among the images that have
    its value there ("the pathology, given the region").
    """

    index: Filter | None = TRAIN
    queries: Filter | None = TEST
    relevance: str = "label"
    metrics: tuple[Metric, ...] = THE_STUDYS
    exclude: tuple[str, ...] = ()
    given: str = ""

    def __post_init__(self) -> None:
        if not self.metrics:
            raise UsageError("no metric was asked for", hint="for example P@1 and P@10")

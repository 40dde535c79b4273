"""The seam of metrics: a small value that gives each query a number from 0 to 1."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from eval.metrics.judged import Judged
from eval.metrics.summary import Values
from radalike.errors import InvalidSetting


class Metric(ABC):
    """`str(metric)` is its name. `of` gives float64 (queries,), in [0, 1], 1 for the best ranking
    that the index allows; it is asked only of queries that have an answer."""

    @abstractmethod
    def depth(self, most_relevant: int) -> int:
        """How many neighbours it looks at, when no query has more than `most_relevant` hits."""

    @abstractmethod
    def of(self, judged: Judged) -> Values: ...


@dataclass(frozen=True, slots=True, order=True)
class CutOff(Metric):
    """A metric that looks at the first `at` neighbours."""

    NAME: ClassVar[str] = ""

    at: int

    def __post_init__(self) -> None:
        if self.at < 1:
            raise InvalidSetting(
                f"{self} looks at no neighbour", hint="the number after @ is 1 or more", at=self.at
            )

    def __str__(self) -> str:
        return f"{self.NAME}@{self.at}"

    def depth(self, most_relevant: int) -> int:
        return self.at

    def places(self, judged: Judged) -> int:
        """`at`, once it is known that so many neighbours are. Raises ValueError."""
        if judged.depth < self.at:
            raise ValueError(f"{self} needs more than {judged.depth} neighbours")
        return self.at

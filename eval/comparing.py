"""Two encoders, or two settings of one, on the same queries: which is better, and how sure that is.

Each is measured in its own space; only their metrics meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from eval.images import Codes, EmbeddedImages
from eval.metrics import Metric, Values, summarise
from eval.ranking import Progress
from eval.retrieval import Question, Scored, score
from eval.retrieval.report import finite
from eval.saved_state import KeptWork
from eval.statistics.bootstrap import bootstrap_intervals
from eval.statistics.holm import holm
from eval.statistics.sign_flip import sign_flip
from radalike.errors import UsageError

LEVEL = 0.05
"""A corrected p-value below this is called a difference."""

FLIPS = 10_000


@dataclass(frozen=True, slots=True)
class Side:
    """What is compared. exclude: of `eval.exclusion.EXCLUSIONS`, besides the question's own."""

    encoder: str
    exclude: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ",".join((self.encoder, *self.exclude))

    @classmethod
    def parse(cls, text: str) -> Side:
        """`ENCODER`, or `ENCODER,same-patient`: after commas what a query must not find."""
        encoder, *exclude = (part.strip() for part in text.split(","))
        return cls(encoder, tuple(exclude))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One test. mean: `micro` or `macro`. difference: of `a` less that of `b`; low, high: its
    interval. p: of the sign-flip test, two-sided; corrected: by Holm, over all tests of the
    table."""

    a: str
    b: str
    metric: str
    mean: str
    of_a: float
    of_b: float
    difference: float
    low: float
    high: float
    p: float
    corrected: float

    @property
    def name(self) -> str:
        return f"{self.mean} {self.metric}"

    @property
    def verdict(self) -> str:
        if self.corrected >= LEVEL:
            return "no difference shown"
        return f"{self.a if self.difference > 0 else self.b} is better"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """queries: that both could score; only_a, only_b: that one of them could, which are left out.
    patients: of these queries, an image without one being its own. without_patient: queries that
    have none. flips, exact: how many sign patterns the p-values rest on, and whether these are all
    there are."""

    a: str
    b: str
    queries: int
    classes: int
    patients: int
    without_patient: int
    only_a: int
    only_b: int
    flips: int
    exact: bool

    def remarks(self) -> Iterator[str]:
        """What to know of the queries."""
        for name, alone in ((self.a, self.only_a), (self.b, self.only_b)):
            if alone:
                yield f"Left out: {alone:,} queries that only {name} could score."
        if self.without_patient == self.queries:
            yield "No query has a known patient: each image counts as one of its own."
        elif self.without_patient:
            yield f"{self.without_patient:,} queries have no known patient: each counts as its own."


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonReport:
    """Of every two sides; tests are how many p-values were corrected together."""

    relevance: str
    sides: tuple[str, ...]
    pairs: tuple[Pair, ...]
    differences: tuple[Difference, ...]
    draws: int
    seed: int
    level: float = LEVEL

    def of(self, pair: Pair) -> tuple[Difference, ...]:
        return tuple(each for each in self.differences if (each.a, each.b) == (pair.a, pair.b))


@dataclass(frozen=True, slots=True)
class Column:
    """The queries of one side, by id, ascending: (q,) bytes, with values (q, metrics)."""

    ids: np.ndarray[tuple[int], np.dtype[np.bytes_]]
    values: Values
    classes: Codes
    patients: Codes
    metrics: tuple[Metric, ...]
    relevance: str

    @classmethod
    def of(cls, scored: Scored) -> Column:
        return cls(
            scored.images.ids[scored.queries],
            scored.values,
            scored.classes,
            scored.patients,
            scored.metrics,
            scored.relevance.name,
        )


def compare_sides(
    library: EmbeddedImages,
    question: Question,
    sides: Sequence[Side],
    *,
    draws: int = 1000,
    flips: int = FLIPS,
    seed: int = 0,
    progress: Callable[[Side], Progress] = lambda _side: lambda _done, _total: None,
    resume_in: KeptWork | None = None,
) -> ComparisonReport:
    """Every two of `sides`, by the metrics of `question`. progress: what follows the search of a
    side. Raises UsageError for fewer than two sides or one that is named twice, and what `score`
    does."""
    check_sides([str(side) for side in sides])
    columns = {}
    for side in sides:
        asked = replace(question, exclude=tuple(dict.fromkeys((*question.exclude, *side.exclude))))
        scored = score(
            library, asked, encoder=side.encoder, progress=progress(side), resume_in=resume_in
        )
        columns[str(side)] = Column.of(scored)
    return compare_columns(columns, draws=draws, flips=flips, seed=seed)


def check_sides(names: Sequence[str]) -> None:
    """Raises UsageError."""
    if len(names) < 2:
        raise UsageError(
            f"{names[0]} alone cannot be compared" if names else "there is nothing to compare",
            hint="name two encoders that have vectors here: `radalike encode --encoder ID` or "
            "`radalike adapt` makes those of another; or two settings: ID ID,same-patient",
        )
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise UsageError(
            f"{twice[0]} is named twice", hint="name different encoders, or different settings"
        )


def compare_columns(
    columns: Mapping[str, Column], *, draws: int = 1000, flips: int = FLIPS, seed: int = 0
) -> ComparisonReport:
    """Every two of the columns, which are of the same metrics and images, by name.

    The intervals are of the bootstrap over patients, the p-values of the sign-flip test on whole
    patients (see `eval.statistics`), corrected by Holm over all that is in the table: pairs,
    metrics, micro and macro. Raises UsageError when two have no query in common.
    """
    check_sides(list(columns))
    pairs, differences = [], []
    for (a, one), (b, two) in combinations(columns.items(), 2):
        pair, found = _compare(a, one, b, two, draws=draws, flips=flips, seed=seed)
        pairs.append(pair)
        differences += found
    corrected = holm([each.p for each in differences])
    return ComparisonReport(
        relevance=next(iter(columns.values())).relevance,
        sides=tuple(columns),
        pairs=tuple(pairs),
        differences=tuple(
            replace(each, corrected=float(p))
            for each, p in zip(differences, corrected, strict=True)
        ),
        draws=draws,
        seed=seed,
    )


def _compare(
    a: str, one: Column, b: str, two: Column, *, draws: int, flips: int, seed: int
) -> tuple[Pair, list[Difference]]:
    both, in_one, in_two = np.intersect1d(one.ids, two.ids, assume_unique=True, return_indices=True)
    if not len(both):
        raise UsageError(
            f"{a} and {b} can score no query in common",
            hint="`radalike encode` gives each the images that it has no vectors of",
        )
    classes, patients = one.classes[in_one], one.patients[in_one]
    of_one, of_two = one.values[in_one], two.values[in_two]
    apart = of_one - of_two
    test = sign_flip(apart, classes, patients, flips=flips, seed=seed)
    p = {"micro": test.micro_p, "macro": test.macro_p}
    limits = _limits(apart, classes, patients, draws, seed)
    of_a, of_b = summarise(of_one, classes), summarise(of_two, classes)
    differences = [
        Difference(
            a=a,
            b=b,
            metric=str(metric),
            mean=mean,
            of_a=getattr(of_a[place], mean),
            of_b=getattr(of_b[place], mean),
            difference=float(getattr(test, mean)[place]),
            low=float(limits[mean][place, 0]),
            high=float(limits[mean][place, 1]),
            p=float(p[mean][place]),
            corrected=float("nan"),
        )
        for place, metric in enumerate(one.metrics)
        for mean in ("micro", "macro")
    ]
    pair = Pair(
        a=a,
        b=b,
        queries=len(both),
        classes=len(np.unique(classes)),
        patients=test.clusters,
        without_patient=int((patients < 0).sum()),
        only_a=len(one.ids) - len(both),
        only_b=len(two.ids) - len(both),
        flips=test.flips,
        exact=test.exact,
    )
    return pair, differences


def _limits(
    apart: Values, classes: Codes, patients: Codes, draws: int, seed: int
) -> dict[str, Values]:
    """(metrics, 2) for micro and macro; NaN without draws."""
    if not draws:
        nothing = np.full((apart.shape[1], 2), np.nan)
        return {"micro": nothing, "macro": nothing}
    found = bootstrap_intervals(apart, classes, patients, draws=draws, seed=seed)
    return {"micro": found.micro, "macro": found.macro}


def as_json(report: ComparisonReport) -> dict[str, Any]:
    """As plain JSON values; a number that does not exist (NaN) is null."""
    return {
        "relevance": report.relevance,
        "sides": list(report.sides),
        "pairs": [asdict(pair) for pair in report.pairs],
        "differences": [_json_of(each) for each in report.differences],
        "draws": report.draws,
        "seed": report.seed,
        "level": report.level,
    }


def _json_of(difference: Difference) -> dict[str, Any]:
    said = {
        name: finite(value) if isinstance(value, float) else value
        for name, value in asdict(difference).items()
    }
    return {**said, "verdict": difference.verdict}

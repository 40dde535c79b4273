"""Classes whose queries find something else first, by exact search."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from eval.failures.report import Confusion, Example, FailingClass, FailuresReport, Found
from eval.images import SEPARATOR, Codes, EmbeddedImages, Rows
from eval.metrics import P, Values
from eval.ranking import Progress
from eval.retrieval import Question, Scored, score
from eval.saved_state import KeptWork
from radalike.errors import InvalidSetting

CONFUSIONS = 5
"""Classes that a failing class is said to be confused with, at most."""


def evaluate_failures(
    library: EmbeddedImages,
    question: Question | None = None,
    *,
    below: float = 0.3,
    examples: int = 3,
    results: int = 5,
    seed: int = 0,
    encoder: str | None = None,
    progress: Progress = lambda _done, _total: None,
    resume_in: KeptWork | None = None,
) -> FailuresReport:
    """The classes of `question` with a mean P@1 below `below`, whatever its metrics.

    examples: queries of each that are shown, drawn with `seed` among those that miss. results:
    neighbours of each that are shown. Raises InvalidSetting, and what `score` does.
    """
    if not 0 < below <= 1:
        raise InvalidSetting(f"no P@1 is below {below}", hint="0.3 is usual, 1 the most")
    if examples < 0 or results < 1:
        raise InvalidSetting(
            f"{examples} queries with {results} results cannot be shown",
            hint="3 queries with 5 results are usual",
        )
    question = replace(question or Question(), metrics=(P(1),))
    scored = score(
        library,
        question,
        encoder=encoder,
        depth=results,
        progress=progress,
        resume_in=resume_in,
    )
    first = _First.of(scored, results)
    counts = np.bincount(scored.classes)
    sums = np.bincount(scored.classes, weights=scored.values[:, 0])
    means = np.divide(sums, counts, out=np.ones_like(sums), where=counts > 0)
    failing = [
        _failing(scored, first, code, float(means[code]), examples=examples, seed=seed)
        for code in np.flatnonzero(means < below).tolist()
    ]
    return FailuresReport(
        encoder=scored.encoder,
        relevance=question.relevance,
        exclude=question.exclude,
        below=below,
        n_queries=len(scored.queries),
        n_index=scored.n_index,
        n_classes=int((counts > 0).sum()),
        failing=tuple(sorted(failing, key=lambda each: (each.precision, -each.n_queries))),
        unanswerable={_words(name): n for name, n in scored.unanswerable.items()},
        left_out=scored.left_out,
        without_vector=scored.without_vector,
    )


@dataclass(frozen=True, slots=True)
class _First:
    """The first neighbours of each query of a `Scored`, in its order: rows (q, results), -1 for
    none; scores and whether they are hits, likewise. in_index: rows of all that was searched."""

    rows: Rows
    scores: Values
    hits: npt.NDArray[np.bool_]
    in_index: Rows

    @classmethod
    def of(cls, scored: Scored, results: int) -> _First:
        parts = list(zip(scored.rankings, scored.judgements, strict=True))
        queries = np.concatenate([r.queries[j.queries] for r, j in parts])
        order = np.argsort(queries, kind="stable")
        return cls(
            np.concatenate([r.neighbours[j.queries, :results] for r, j in parts])[order],
            np.concatenate([r.scores[j.queries, :results] for r, j in parts])[order],
            np.concatenate([j.judged.hits[:, :results] for _, j in parts])[order],
            np.concatenate([r.index for r, _ in parts]),
        )


def _failing(
    scored: Scored, first: _First, code: int, precision: float, *, examples: int, seed: int
) -> FailingClass:
    column = scored.images.columns[scored.relevance.column]
    queries = np.flatnonzero(scored.classes == code)
    hit = first.hits[queries, 0]
    similarity = first.scores[queries, 0]
    misses = queries[~hit]
    drawn = np.random.default_rng([seed, code]).permutation(misses)[:examples]
    return FailingClass(
        name=_words(column.names[code]),
        n_queries=len(queries),
        n_index=int((column.codes[first.in_index] == code).sum()),
        precision=precision,
        confusions=_confusions(column.codes[first.rows[misses, 0]], column.names, len(queries)),
        similarity_of_hits=_mean(similarity[hit]),
        similarity_of_misses=_mean(similarity[~hit]),
        examples=tuple(_example(scored, first, query) for query in np.sort(drawn).tolist()),
    )


def _confusions(found: Codes, names: tuple[str, ...], n_queries: int) -> tuple[Confusion, ...]:
    counts = np.bincount(found, minlength=len(names))
    order = np.argsort(-counts, kind="stable")[:CONFUSIONS].tolist()
    return tuple(
        Confusion(_words(names[code]), float(counts[code] / n_queries))
        for code in order
        if counts[code]
    )


def _example(scored: Scored, first: _First, query: int) -> Example:
    column = scored.images.columns[scored.relevance.column]
    there = first.rows[query] >= 0
    rows = first.rows[query][there]
    found = zip(
        scored.images.names(rows),
        column.codes[rows].tolist(),
        first.scores[query][there].tolist(),
        first.hits[query][there].tolist(),
        strict=True,
    )
    return Example(
        scored.images.names(scored.queries[query : query + 1])[0],
        tuple(
            Found(name, _words(column.names[code]), near, hit) for name, code, near, hit in found
        ),
    )


def _mean(values: Values) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _words(name: str) -> str:
    """A set of labels in one line."""
    return name.replace(SEPARATOR, " + ")

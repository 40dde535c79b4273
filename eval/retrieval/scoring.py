"""The score of each query: where all that is said of many queries comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from eval.exclusion import excluded_columns
from eval.images import Codes, EmbeddedImages, Images, Mask, Rows, read_images
from eval.judging import Judgement, judge
from eval.metrics import CutOff, Metric, P, Values
from eval.ranking import Progress, Ranking, rank
from eval.relevance import Relevance, relevance_of, require
from eval.retrieval.question import Question
from eval.saved_state import KeptWork
from eval.ties import precision_bounds, tied_queries
from radalike.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One row a query that has an answer, in order of id; `images` says what the rows are.

    values: float64 (queries, metrics). least, most: float64 (metrics,), between which the mean of
    P@N is for all orders of equal scores; NaN for other metrics. classes: codes in the relevance's
    column. relevant: hits that the index has. unanswerable: queries without any, by class.
    left_out: images without a value to compare, without_vector: without an embedding, by role
    (queries, index). overlap: queries that are in the index as well.
    """

    images: Images
    encoder: str
    relevance: Relevance
    metrics: tuple[Metric, ...]
    queries: Rows
    classes: Codes
    relevant: Rows
    values: Values
    least: Values
    most: Values
    n_index: int
    overlap: int
    unanswerable: Mapping[str, int]
    left_out: Mapping[str, int]
    without_vector: Mapping[str, int]
    rankings: tuple[Ranking, ...]
    judgements: tuple[Judgement, ...]

    @property
    def patients(self) -> Codes:
        """(queries,): the patient of each, -1 where none is known."""
        return self.images.columns["patient"].codes[self.queries]


def score(
    library: EmbeddedImages,
    question: Question,
    *,
    encoder: str | None = None,
    columns: Iterable[str] = (),
    depth: int = 0,
    progress: Progress = lambda _done, _total: None,
    resume_in: KeptWork | None = None,
) -> Scored:
    """Every query of `question` that has an answer, scored by its metrics.

    columns: more of `eval.images.COLUMNS` that are wanted of the images. depth: neighbours that are
    wanted, if more than the metrics look at. Raises UsageError when there is nothing to search, to
    search for, or to score; UnknownName.
    """
    relevance = relevance_of(question.relevance)
    given = [question.given] if question.given else []
    images = read_images(
        library,
        {"index": question.index, "queries": question.queries},
        {relevance.column, "patient", *given, *excluded_columns(question.exclude), *columns},
    )
    has_value = images.columns[relevance.column].codes >= 0
    masks = {role: mask & has_value for role, mask in images.roles.items()}
    left_out = {role: int((mask & ~has_value).sum()) for role, mask in images.roles.items()}
    for role, mask in masks.items():
        require(mask, left_out[role], role, question.relevance, f"--{role}")
    depth = max(depth, _depth(question, images, relevance, masks))
    rankings = tuple(
        rank(
            library,
            images,
            index=masks["index"] & part,
            queries=masks["queries"] & part,
            k=depth,
            encoder=encoder,
            exclude=question.exclude,
            progress=progress,
            resume_in=resume_in,
        )
        for part in _parts(images, question.given, masks)
    )
    if not rankings:
        raise UsageError(
            f"no query has an image of its own {question.given} in the index",
            hint="choose an index and queries that share values",
        )
    judgements = tuple(judge(images, ranking, relevance) for ranking in rankings)
    ranked = {
        "queries": sum(len(ranking.queries) for ranking in rankings),
        "index": sum(len(ranking.index) for ranking in rankings),
    }
    return scored_from(
        images,
        question,
        rankings,
        judgements,
        left_out=left_out,
        without_vector={role: int(masks[role].sum()) - ranked[role] for role in ranked},
    )


def _parts(images: Images, given: str, masks: Mapping[str, Mask]) -> Iterator[Mask]:
    """All images, or those of each value of `given` that both roles have."""
    if not given:
        yield np.ones(len(images), dtype=bool)
        return
    codes = images.columns[given].codes
    both = set(codes[masks["index"]].tolist()) & set(codes[masks["queries"]].tolist())
    for code in sorted(both - {-1}):
        yield codes == code


def _depth(
    question: Question, images: Images, relevance: Relevance, masks: Mapping[str, Mask]
) -> int:
    """How many neighbours the metrics look at."""
    codes = images.columns[relevance.column].codes[masks["index"]]
    largest = int(np.bincount(codes).max())
    depth = max(metric.depth(largest) for metric in question.metrics)
    if _needs_all(question):
        depth = min(depth, int(masks["index"].sum()))
    return depth + 1  # one more than is looked at shows whether the last is tied with the next


def _needs_all(question: Question) -> bool:
    return any(not isinstance(metric, CutOff) for metric in question.metrics)


_NONE: Mapping[str, int] = MappingProxyType({"queries": 0, "index": 0})


def scored_from(
    images: Images,
    question: Question,
    rankings: tuple[Ranking, ...],
    judgements: tuple[Judgement, ...],
    *,
    left_out: Mapping[str, int] = _NONE,
    without_vector: Mapping[str, int] = _NONE,
) -> Scored:
    """The scores of judged rankings. Raises UsageError when no query has an answer."""
    relevance = relevance_of(question.relevance)
    names = images.columns[relevance.column].names
    codes = images.columns[relevance.column].codes
    unanswerable: Counter[str] = Counter()
    queries, values = [], []
    slack = np.zeros((2, len(question.metrics)))
    for ranking, judgement in zip(rankings, judgements, strict=True):
        apart = codes[ranking.queries[judgement.unanswerable]]
        unanswerable.update(names[code] for code in apart.tolist())
        queries.append(ranking.queries[judgement.queries])
        values.append(np.stack([m.of(judgement.judged) for m in question.metrics], axis=1))
        slack += _slack(question.metrics, values[-1], ranking, judgement)
    every = np.concatenate(queries)
    if not len(every):
        raise UsageError(
            f"none of the {unanswerable.total()} queries has its {question.relevance} in the index",
            hint="choose an index and queries that share classes",
        )
    order = np.argsort(every, kind="stable")
    every_value = _in_order(values, order)
    relevant = np.concatenate([judgement.judged.relevant for judgement in judgements])
    return Scored(
        images=images,
        encoder=rankings[0].encoder,
        relevance=relevance,
        metrics=question.metrics,
        queries=every[order],
        classes=codes[every[order]],
        relevant=relevant[order],
        values=every_value,
        least=every_value.mean(axis=0) - slack[0] / len(every),
        most=every_value.mean(axis=0) + slack[1] / len(every),
        n_index=sum(len(ranking.index) for ranking in rankings),
        overlap=sum(ranking.overlap for ranking in rankings),
        unanswerable=dict(unanswerable.most_common()),
        left_out=left_out,
        without_vector=without_vector,
        rankings=rankings,
        judgements=judgements,
    )


def _in_order(values: Sequence[Values], order: Rows) -> Values:
    """One array is in order already; and it can be large."""
    return values[0] if len(values) == 1 else np.concatenate(values)[order]


def _slack(
    metrics: tuple[Metric, ...], values: Values, ranking: Ranking, judgement: Judgement
) -> Values:
    """By how much P@N, summed over the queries, could be less, and more: (2, metrics)."""
    scores = ranking.scores[judgement.queries]
    tied = np.flatnonzero(tied_queries(scores))
    some, exhausted = judgement.judged.at(tied), ~np.isfinite(scores[tied, -1])
    slack = np.full((2, len(metrics)), np.nan)
    for column, metric in enumerate(metrics):
        if isinstance(metric, P):
            least, most = precision_bounds(some, scores[tied], metric.at, exhausted=exhausted)
            found = values[tied, column]
            slack[:, column] = (found - least).sum(), (most - found).sum()
    return slack

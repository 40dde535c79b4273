"""An image's class by that of its neighbours: k nearest, each with one vote.

k is chosen on validation images, by micro F1, which is the share that is right. The study's script
(evaluate_knn_classification.py of MIC-DKFZ/foundation-models-for-cbmir) differs in two ways. It
lets a query have no more neighbours than its own class has images, so the answer is in the
question; `as_study` does the same. And it takes the place of the best k in a list that begins with
k = 1, counted from 0, for k itself: it means k and uses k - 1, which is no neighbour at all when
the first is best. Here k is what it means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.classed_images import ClassedImages, read_classed_images, require_images
from eval.classification.outcome import Outcome, classes_to_tell, outcome_json, outcome_of
from eval.classification.votes import Votes, right_by_k, shares
from eval.exclusion import excluded_columns
from eval.images import EmbeddedImages, Mask
from eval.judging import judge
from eval.ranking import Progress, Ranking, rank
from eval.relevance import relevance_of
from eval.retrieval.question import TEST, TRAIN
from eval.saved_state import KeptWork
from radalike.errors import InvalidSetting, UsageError
from radalike.filters import Filter, eq

MOST = 100
"""The largest k that is tried."""

VALIDATION = eq("split", "val")


@dataclass(frozen=True, slots=True)
class KnnReport:
    """k: neighbours that vote. chosen_on: validation images, 0 where k was given; by_k: the share
    of them that is right with k = 1, 2 … temperature: None, each vote counts the same. overlap:
    queries that are in the index too; none votes for itself."""

    outcome: Outcome
    k: int
    chosen_on: int
    by_k: tuple[float, ...]
    as_study: bool
    temperature: float | None
    overlap: int
    exclude: tuple[str, ...]

    @property
    def study_k(self) -> int | None:
        """What the study's script would take for the same best k; 0, with which it fails, for 1."""
        return self.k - 1 if self.by_k else None


def evaluate_knn(
    library: EmbeddedImages,
    *,
    index: Filter | None = TRAIN,
    queries: Filter | None = TEST,
    validation: Filter = VALIDATION,
    relevance: str = "label",
    encoder: str | None = None,
    exclude: Sequence[str] = (),
    k: int | None = None,
    as_study: bool = False,
    temperature: float | None = None,
    draws: int = 0,
    seed: int = 0,
    progress: Progress = lambda _done, _total: None,
    resume_in: KeptWork | None = None,
) -> KnnReport:
    """k: 1 or more; None: the best of 1 to MOST on `validation`, the smallest of equals.

    exclude: of `eval.exclusion.EXCLUSIONS`. temperature: a vote weighs exp(similarity /
    temperature), as in Wu et al., CVPR 2018, section 3.4 (0.07 there). draws: of the bootstrap.
    Raises InvalidSetting; UnknownName; UsageError when a role has no image, the index has one class
    only, or a validation image is a query.
    """
    if k is not None and k < 1:
        raise InvalidSetting(f"{k} neighbours are none", hint="ask for 1 or more", k=k)
    if temperature is not None and not temperature > 0:
        raise InvalidSetting(f"a temperature of {temperature} weighs nothing", hint="0.07 is usual")
    roles = {"index": index, "queries": queries}
    if k is None:
        roles["validation"] = validation
    classed = read_classed_images(library, roles, relevance, excluded_columns(exclude))
    for role in ("index", "queries"):
        require_images(classed, role, f"--{role}")
    ranking = rank(
        library,
        classed.images,
        index=classed.roles["index"],
        queries=classed.roles["queries"] | _validation(classed),
        k=k or MOST,
        encoder=encoder,
        exclude=exclude,
        progress=progress,
        resume_in=resume_in,
    )
    told = classes_to_tell(classed, ranking.index)
    judgement = judge(classed.images, ranking, relevance_of(relevance))
    votes = _votes(classed, ranking, told, judgement.queries, temperature)
    if as_study:
        votes = Votes(votes.classes, votes.weights, votes.truth, judgement.judged.relevant)

    asked = ranking.queries[judgement.queries]
    chosen_on = np.flatnonzero(_validation(classed)[asked])
    by_k: tuple[float, ...] = ()
    if k is None:
        by_k = _right_by_k(votes.at(chosen_on), len(told), relevance)
        k = int(np.argmax(by_k)) + 1
    tested = np.flatnonzero(classed.roles["queries"][asked])
    apart = ranking.queries[judgement.unanswerable]
    has_vector = np.zeros(len(classed.images), dtype=bool)
    has_vector[ranking.queries] = has_vector[ranking.index] = True
    outcome = outcome_of(
        classed,
        ranking.encoder,
        index=ranking.index,
        told=told,
        queries=asked[tested],
        scores=shares(votes.at(tested), k, len(told)),
        apart=apart[classed.roles["queries"][apart]],
        without_vector={
            "queries": int((classed.roles["queries"] & ~has_vector).sum()),
            "index": int((classed.roles["index"] & ~has_vector).sum()),
        },
        draws=draws,
        seed=seed,
    )
    overlap = int(classed.roles["queries"][ranking.index].sum())
    return KnnReport(
        outcome, k, len(chosen_on), by_k, as_study, temperature, overlap, tuple(exclude)
    )


def _validation(classed: ClassedImages) -> Mask:
    """Which rows k is chosen on; none where k was given. Raises UsageError."""
    if "validation" not in classed.roles:
        return np.zeros(len(classed.images), dtype=bool)
    way_out = "--validation FIELD=VALUE, or say how many neighbours vote: --k 10"
    require_images(classed, "validation", way_out)
    both = int((classed.roles["validation"] & classed.roles["queries"]).sum())
    if both:
        raise UsageError(
            f"{both} images are for validation and queries too: k would be chosen on what is "
            "reported",
            hint=f"choose others with {way_out}",
        )
    return classed.roles["validation"]


def _right_by_k(votes: Votes, n_classes: int, relevance: str) -> tuple[float, ...]:
    """Raises UsageError when there is no validation image."""
    if not len(votes.truth):
        raise UsageError(
            f"no validation image has an embedding, and its {relevance} in the index",
            hint="choose others with --validation, or say how many neighbours vote: --k 10",
        )
    return tuple(right_by_k(votes, n_classes).tolist())


def _votes(
    classed: ClassedImages,
    ranking: Ranking,
    told: npt.NDArray[np.int64],
    queries: npt.NDArray[np.integer],
    temperature: float | None,
) -> Votes:
    neighbours, scores = ranking.neighbours[queries], ranking.scores[queries]
    known = neighbours >= 0
    classes = np.where(known, np.searchsorted(told, classed.classes[neighbours]), -1)
    weights = known.astype(np.float64)
    if temperature is not None:
        weights = np.exp((scores - scores[:, :1]) / temperature)  # 0 where there is none
    truth = np.searchsorted(told, classed.classes[ranking.queries[queries]])
    return Votes(classes, weights, truth, np.full(len(queries), neighbours.shape[1]))


def as_json(report: KnnReport) -> Mapping[str, object]:
    return {
        **outcome_json(report.outcome),
        "k": report.k,
        "chosen_on": report.chosen_on,
        "by_k": list(report.by_k),
        "as_study": report.as_study,
        "study_k": report.study_k,
        "temperature": report.temperature,
        "overlap": report.overlap,
        "exclude": list(report.exclude),
    }

"""A linear probe: learnt from the index, chosen on validation images, tested on the queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.classed_images import ClassedImages, read_classed_images
from eval.classification.measures import ClassScores
from eval.classification.outcome import Outcome, outcome_json, outcome_of
from eval.classification.probe.examples import COLUMNS, Examples, read_examples
from eval.exclusion import excluded_columns
from eval.images import EmbeddedImages
from eval.retrieval.question import TEST, TRAIN
from eval.saved_state import KeptWork, SavedState
from radalike.errors import UnknownName
from radalike.filters import Filter, eq

LINEAR, RIDGE = "linear", "ridge"
METHODS = (LINEAR, RIDGE)

VALIDATION = eq("split", "val")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """chosen: what was chosen on the validation images, and the share of them that is right.

    n_validation: images it was chosen on; held_out: they are a part of the index. taken_out: index
    images that were not learnt from, as they are queries or for validation, or were excluded.
    memory: of the embeddings, in bytes.
    """

    outcome: Outcome
    method: str
    seed: int
    chosen: Mapping[str, Any]
    n_validation: int
    held_out: bool
    taken_out: int
    memory: int
    exclude: tuple[str, ...]


def evaluate_probe(
    library: EmbeddedImages,
    *,
    index: Filter | None = TRAIN,
    queries: Filter | None = TEST,
    validation: Filter | None = None,
    relevance: str = "label",
    encoder: str | None = None,
    exclude: Sequence[str] = (),
    method: str = LINEAR,
    draws: int = 0,
    seed: int = 0,
    progress: Progress = lambda _done, _total: None,
    resume_in: KeptWork | None = None,
) -> ProbeReport:
    """method: of METHODS. validation: None, the split `val`, or where that has no image a tenth of
    the index, whole patients, drawn by `seed`. exclude: of `eval.exclusion.EXCLUSIONS`; an index
    image is not learnt from that a query must not find. An image that is tested never is.

    Memory holds the embeddings of all these images, in float32. Raises UnknownName; UsageError when
    a role has no image, the index has one class only, or a validation image is a query.
    """
    if method not in METHODS:
        raise UnknownName("method", method, METHODS)
    roles = {"index": index, "queries": queries, "validation": validation or VALIDATION}
    classed = read_classed_images(library, roles, relevance, {*COLUMNS, *excluded_columns(exclude)})
    examples = read_examples(
        library,
        classed,
        encoder=encoder,
        exclude=exclude,
        validation_needed=validation is not None,
        seed=seed,
    )
    tested = examples.tested[examples.classes[examples.tested] >= 0]
    scores, chosen = _fit(classed, examples, tested, method, seed, progress, resume_in)
    apart = examples.tested[examples.classes[examples.tested] < 0]
    outcome = outcome_of(
        classed,
        encoder or library.encoder_id,
        index=examples.rows[examples.training],
        told=examples.told,
        queries=examples.rows[tested],
        scores=scores,
        apart=examples.rows[apart],
        without_vector=examples.without_vector,
        draws=draws,
        seed=seed,
    )
    return ProbeReport(
        outcome=outcome,
        method=method,
        seed=seed,
        chosen=chosen,
        n_validation=len(examples.validation),
        held_out=examples.held_out,
        taken_out=examples.taken_out,
        memory=examples.vectors.nbytes,
        exclude=tuple(exclude),
    )


def _fit(
    classed: ClassedImages,
    examples: Examples,
    tested: Any,
    method: str,
    seed: int,
    progress: Progress,
    resume_in: KeptWork | None,
) -> tuple[ClassScores, Mapping[str, Any]]:
    """What the best probe says of the `tested`, and what it is."""
    if method == RIDGE:
        from eval.classification.probe.ridge import PENALTIES, fit_ridge

        ridge = fit_ridge(examples, progress=progress)
        by_penalty = dict(zip((f"{each:.1e}" for each in PENALTIES), ridge.tried, strict=True))
        return ridge.estimates(examples.vectors[tested]), {
            "penalty": ridge.penalty,
            "validation_accuracy": ridge.right,
            "validation_accuracy_by_penalty": by_penalty,
        }
    from eval.classification.probe.linear_layer import FEW_STEPS, fit_linear_layer

    arrays = (examples.vectors, examples.classes, examples.training, examples.validation)
    saved = SavedState(resume_in, "probe", (*arrays, f"seed {seed}".encode()))
    layer = fit_linear_layer(examples, seed, saved=saved, progress=progress)
    return layer.probabilities(examples.vectors[tested]), {
        "epoch": layer.epoch,
        "epochs": layer.epochs,
        "steps": layer.steps,
        "few_steps": layer.steps < FEW_STEPS,
        "validation_accuracy": layer.right,
    }


def as_json(report: ProbeReport) -> dict[str, object]:
    return {
        **outcome_json(report.outcome),
        "method": report.method,
        "seed": report.seed,
        "chosen": dict(report.chosen),
        "n_validation": report.n_validation,
        "held_out": report.held_out,
        "taken_out": report.taken_out,
        "memory_bytes": report.memory,
        "exclude": list(report.exclude),
    }

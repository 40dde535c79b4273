"""What the embeddings say of an image's class: by its neighbours, and by a linear probe."""

from __future__ import annotations

from collections.abc import Iterator

from eval.classification.knn import VALIDATION, KnnReport, evaluate_knn
from eval.classification.knn import as_json as knn_json
from eval.classification.outcome import Outcome
from eval.classification.probe.evaluate import ProbeReport, evaluate_probe
from eval.classification.probe.evaluate import as_json as probe_json
from eval.ranking import Progress
from eval.report.line_chart import Line, line_chart
from eval.report.markup import Html, bullets, figure, join, paragraph, table, with_note
from eval.report.measured import Measured
from eval.report.numbers import count, interval, number
from eval.report.page import Section
from radalike.errors import UsageError

WITHOUT_VALIDATION = 10
"""Neighbours that vote where there are no images to choose their number on."""

_NAMES = {
    "roc_auc": "ROC-AUC",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "accuracy": "accuracy",
}


def knn_section(measured: Measured, progress: Progress) -> Section:
    """k is chosen on validation images, or is WITHOUT_VALIDATION where there are none."""
    try:
        report = _knn(measured, None, progress)
    except UsageError as error:
        report = _knn(measured, WITHOUT_VALIDATION, progress)
        chosen = f"k was not chosen, for {error}: choose some with --validation."
    else:
        chosen = (
            f"k was chosen from 1 to {len(report.by_k)} on {count(report.chosen_on)} validation "
            "images, by the share that is right."
        )
    said = f"With {measured.encoder}: the class that most of the {report.k} nearest neighbours have"
    parts = [paragraph(f"{said}. {chosen}"), _table(report.outcome)]
    if report.by_k:
        parts.append(_by_k(report))
    parts.append(_remarks(report.outcome))
    return Section("knn", "Classification by neighbours", join(parts), knn_json(report))


def _knn(measured: Measured, k: int | None, progress: Progress) -> KnnReport:
    request = measured.request
    return evaluate_knn(
        measured.library,
        index=request.question.index,
        queries=request.question.queries,
        validation=request.validation or VALIDATION,
        relevance=request.question.relevance,
        encoder=measured.encoder,
        exclude=request.question.exclude,
        k=k,
        draws=request.draws,
        seed=request.seed,
        progress=progress,
        resume_in=measured.resume_in,
    )


def probe_section(measured: Measured, progress: Progress) -> Section:
    request = measured.request
    report = evaluate_probe(
        measured.library,
        index=request.question.index,
        queries=request.question.queries,
        validation=request.validation,
        relevance=request.question.relevance,
        encoder=measured.encoder,
        exclude=request.question.exclude,
        method="ridge" if request.quick else "linear",
        draws=request.draws,
        seed=request.seed,
        progress=progress,
        resume_in=measured.resume_in,
    )
    body = join([paragraph(_recipe(report)), _table(report.outcome), _remarks(report.outcome)])
    return Section("probe", "Linear probe", body, probe_json(report))


def _recipe(report: ProbeReport) -> str:
    where = "held out of the index, whole patients" if report.held_out else "of their own"
    how = (
        f"one linear layer by the study's recipe, the best of {report.chosen['epochs']} epochs "
        f"(number {report.chosen['epoch']})"
        if "epochs" in report.chosen
        else f"a ridge regression in closed form, penalty {report.chosen['penalty']:.1e}"
    )
    return (
        f"With {report.outcome.encoder}: {how}, chosen on {count(report.n_validation)} validation "
        f"images {where}, of which {number(report.chosen['validation_accuracy'])} are right. "
        f"Seed {report.seed}."
    )


def _table(outcome: Outcome) -> Html:
    bounds = {
        mean: getattr(outcome.intervals, mean) if outcome.intervals else {}
        for mean in ("micro", "macro")
    }
    rows = [
        [
            mean,
            *(
                with_note(number(getattr(outcome, mean)[name]), interval(*bounds[mean][name]))
                if name in bounds[mean]
                else number(getattr(outcome, mean)[name])
                for name in _NAMES
            ),
        ]
        for mean in ("micro", "macro")
    ]
    caption = (
        f"{count(outcome.n_queries)} queries, {count(outcome.n_index)} images of "
        f"{count(outcome.n_classes)} classes to learn from"
    )
    return table(caption, ["mean", *_NAMES.values()], rows)


def _by_k(report: KnnReport) -> Html:
    line = Line("validation images", list(enumerate(report.by_k, start=1)))
    said = "Share of the validation images that is right, by k"
    return figure(line_chart([line], description=said, x="k", y="share right"), said)


def _remarks(outcome: Outcome) -> Html:
    return bullets(_said(outcome))


def _said(outcome: Outcome) -> Iterator[str]:
    apart = sum(outcome.not_in_index.values())
    if apart:
        yield f"Not scored: {count(apart)} queries of classes that the index does not have."
    if outcome.without_queries:
        yield f"{count(len(outcome.without_queries))} classes have no query; no macro counts them."
    for role, images in outcome.left_out.items():
        if images:
            yield f"Left out: {count(images)} {role} images without one {outcome.relevance}."
    for role, images in outcome.without_vector.items():
        if images:
            yield f"Left out: {count(images)} {role} images without an embedding."

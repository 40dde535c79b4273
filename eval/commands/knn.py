"""`radalike eval knn`: an image's class by that of its neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from eval.commands.classification_options import ClassOption, ValidationOption, validation_filter
from eval.commands.each_encoder import measure_each
from eval.commands.options import (
    DrawsOption,
    EncodersOption,
    ExcludeOption,
    IndexOption,
    QueriesOption,
    SeedOption,
    selection,
)
from radalike.cli.options import JsonOption, LibraryOption

if TYPE_CHECKING:
    from eval.classification.knn import KnnReport
    from eval.ranking import Progress
    from eval.saved_state import KeptWork
    from radalike.library import Library

NeighboursOption = Annotated[
    int | None,
    typer.Option(
        "--k",
        "-k",
        min=1,
        help="Neighbours that vote.",
        show_default="the best of 1 to 100 on the validation images",
    ),
]
AsStudyOption = Annotated[
    bool,
    typer.Option(
        "--as-study",
        help="As the study's script: at most as many vote as the query's own class has images.",
    ),
]
TemperatureOption = Annotated[
    float | None,
    typer.Option(
        "--temperature",
        help="Weigh a vote by exp(similarity / temperature), 0.07 is usual.",
        show_default="each vote counts the same",
    ),
]


def knn(
    index: IndexOption = None,
    queries: QueriesOption = None,
    validation: ValidationOption = None,
    relevance: ClassOption = "label",
    k: NeighboursOption = None,
    as_study: AsStudyOption = False,
    temperature: TemperatureOption = None,
    exclude: ExcludeOption = None,
    encoder: EncodersOption = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 0,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Classify each query as its neighbours are: ROC-AUC, F1, precision, recall, accuracy.

    Example: radalike eval knn --validation split=val --relevance label
    """
    from eval.classification.knn import VALIDATION, as_json, evaluate_knn
    from radalike.errors import UsageError

    searched, asked_for = selection(index, "split=train"), selection(queries, "split=test")
    if k is not None and validation:
        raise UsageError(
            "--k says how many neighbours vote, so there is nothing to choose with --validation",
            hint="give one of them",
        )
    chosen_on = validation_filter(validation)
    asked = {
        "index": index or ["split=train"],
        "queries": queries or ["split=test"],
        "validation": [] if k else validation or ["split=val"],
        "relevance": relevance,
        "k": k,
        "as_study": as_study or None,
        "temperature": temperature,
        "exclude": exclude or [],
    }

    def evaluate(opened: Library, name: str, progress: Progress, kept: KeptWork) -> KnnReport:
        return evaluate_knn(
            opened,
            index=searched,
            queries=asked_for,
            validation=chosen_on or VALIDATION,
            relevance=relevance,
            encoder=name,
            exclude=exclude or (),
            k=k,
            as_study=as_study,
            temperature=temperature,
            draws=draws,
            seed=seed,
            progress=progress,
            resume_in=kept,
        )

    reports = measure_each(
        "knn",
        evaluate,
        as_json,
        library=library,
        encoders=encoder,
        asked=asked,
        doing="Searching",
        json=json,
    )
    if json:
        return
    for report in reports:
        _print(report)


def _print(report: KnnReport) -> None:
    from eval.commands.classification_tables import print_outcome

    print_outcome(f"kNN (k = {report.k})", report.outcome, list(_remarks(report)))


def _remarks(report: KnnReport) -> Iterator[str]:
    if report.by_k:
        yield (
            f"k = {report.k} is the best of 1 to {len(report.by_k)} on {report.chosen_on:,} "
            f"validation images: {report.by_k[report.k - 1]:.3f} of them are right."
        )
    if report.as_study:
        yield (
            "As in the study, a query has at most as many neighbours as its own class has images: "
            "its label leaks into its prediction."
        )
    if report.as_study and report.by_k:
        without = " (none, which fails)" if report.k == 1 else ""
        yield (
            f"Unlike the study: its script would take k = {report.study_k}{without} here, as it "
            "counts from 0."
        )
    if report.exclude:
        yield f"Without {' and '.join(report.exclude)}."
    if report.overlap:
        yield f"{report.overlap:,} queries are in the index too; none votes for itself."

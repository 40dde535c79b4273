"""`radalike eval probe`: an image's class by a linear layer on its embedding."""

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
    from eval.classification.probe.evaluate import ProbeReport
    from eval.ranking import Progress
    from eval.saved_state import KeptWork
    from radalike.library import Library

MethodOption = Annotated[
    str,
    typer.Option(
        "--method",
        metavar="NAME",
        help="linear: the study's recipe, trained step by step; ridge: in closed form, fast.",
    ),
]


def probe(
    index: IndexOption = None,
    queries: QueriesOption = None,
    validation: ValidationOption = None,
    relevance: ClassOption = "label",
    method: MethodOption = "linear",
    exclude: ExcludeOption = None,
    encoder: EncodersOption = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 0,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Classify each query by a linear layer that is learnt from the index.

    Without images of split val, a tenth of the index is held out to choose on, whole patients.

    Example: radalike eval probe --method ridge --relevance anatomy
    """
    from eval.classification.probe.evaluate import as_json, evaluate_probe

    learnt, tested = selection(index, "split=train"), selection(queries, "split=test")
    chosen_on = validation_filter(validation)
    asked = {
        "index": index or ["split=train"],
        "queries": queries or ["split=test"],
        "validation": validation or [],
        "relevance": relevance,
        "method": method,
        "exclude": exclude or [],
        "seed": seed,
    }

    def evaluate(opened: Library, name: str, progress: Progress, kept: KeptWork) -> ProbeReport:
        return evaluate_probe(
            opened,
            index=learnt,
            queries=tested,
            validation=chosen_on,
            relevance=relevance,
            encoder=name,
            exclude=exclude or (),
            method=method,
            draws=draws,
            seed=seed,
            progress=progress,
            resume_in=kept,
        )

    reports = measure_each(
        "probe",
        evaluate,
        as_json,
        library=library,
        encoders=encoder,
        asked=asked,
        doing="Learning",
        json=json,
    )
    if json:
        return
    for report in reports:
        _print(report)


def _print(report: ProbeReport) -> None:
    from eval.commands.classification_tables import print_outcome

    title = {"linear": "Linear probe", "ridge": "Ridge regression"}[report.method]
    print_outcome(title, report.outcome, list(_remarks(report)))


def _remarks(report: ProbeReport) -> Iterator[str]:
    where = "held-out index images" if report.held_out else "validation images"
    right = f"{report.chosen['validation_accuracy']:.3f} of {report.n_validation:,} {where}"
    if report.method == "ridge":
        yield f"The penalty {report.chosen['penalty']:.2g} is right about {right}."
    else:
        epoch, epochs = report.chosen["epoch"], report.chosen["epochs"]
        yield f"Epoch {epoch} of {epochs} is kept, which is right about {right}."
        if report.chosen["few_steps"]:
            yield (
                f"That is {report.chosen['steps']:,} steps only: the study's recipe is meant for "
                "more images; --method ridge does not depend on how many there are."
            )
    if report.held_out:
        yield (
            f"There is no validation image: {report.n_validation:,} were held out of the index, "
            f"whole patients, seed {report.seed}."
        )
    if report.taken_out:
        why = f", or as {' and '.join(report.exclude)} of one" if report.exclude else ""
        yield (
            f"Not learnt from: {report.taken_out:,} index images that are queries or for "
            f"validation{why}."
        )
    yield f"Memory of the embeddings: {report.memory / 2**20:,.0f} MiB."

"""`radalike adapt`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from radalike.cli.options import EncoderOption, JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table, progress_bar
from radalike.cli.session import open_library

if TYPE_CHECKING:
    from radalike.library.adaptation.learning import AdaptReport


def register(app: typer.Typer) -> None:
    app.command("adapt")(adapt)


def adapt(
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="ADAPTER",
            help="Its name, for --encoder from now on; or a file, which gets a copy.",
        ),
    ],
    labels: Annotated[
        str, typer.Option("--labels", help="What it is taught: label, modality or anatomy.")
    ] = "label",
    method: Annotated[
        str, typer.Option("--method", help="whiten, lda, linear or mlp; auto tries all of them.")
    ] = "auto",
    split: Annotated[str, typer.Option("--split", help="The split that is learnt from.")] = "train",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of what is drawn by lot.")] = 0,
    encoder: EncoderOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Learn a small map of an encoder's stored embeddings from the library's own labels.

    No network is trained and no image is embedded again. The methods and their settings are
    compared on held-out parts of the split; the one that is chosen becomes an encoder of its own,
    with vectors of all that is stored.

    Example: radalike adapt --labels label --method auto -o our-labels
    """
    with (
        open_library(library, encoder=encoder) as opened,
        progress_bar("adapting", shown=not as_json) as progress,
    ):
        report = opened.adapt(
            output, labels=labels, method=method, split=split, seed=seed, progress=progress
        )
    if as_json:
        print_json(report.as_json())
    else:
        _print(report)


def _print(report: AdaptReport) -> None:
    tried = sorted(report.tried, key=lambda row: -(row["P@1"] + row["P@10"]))
    rows = [("(as they are)", "", *_figures(report.frozen))]
    rows += [(row["method"], _words(row), *_figures(row)) for row in tried]
    title = (
        f"Macro precision on held-out parts of split {report.split}, {report.images:,} images of "
        f"{report.classes:,} classes:"
    )
    numeric = ("P@1", "P@10")
    print_table(title, ("method", "settings", *numeric), rows, numeric=numeric)
    for what, count in report.left_out.items():
        typer.echo(f"Left out {what}: {count:,} images.")
    typer.echo(
        f"Chosen: {report.method} ({_words(report.settings)}); P@1 {report.validation['P@1']:.3f} "
        f"(was {report.frozen['P@1']:.3f}), P@10 {report.validation['P@10']:.3f} "
        f"(was {report.frozen['P@10']:.3f})."
    )
    typer.echo(
        f"Adapter {report.encoder} of {report.base} has {report.dimension:,} dimensions; "
        f"{report.stored:,} vectors were mapped. Use it with `--encoder {report.encoder}`."
    )


def _figures(row: Any) -> tuple[str, str]:
    return f"{row['P@1']:.3f}", f"{row['P@10']:.3f}"


def _words(row: Any) -> str:
    return ", ".join(
        f"{name} {value}" for name, value in row.items() if name not in ("method", "P@1", "P@10")
    )

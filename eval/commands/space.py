"""`radalike eval space`: how the embeddings lie in their space."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.commands.each_encoder import print_resumed
from eval.commands.options import SeedOption, selection
from radalike.cli.options import EncoderOption, JsonOption, LibraryOption

if TYPE_CHECKING:
    from eval.space import SpaceReport

ImagesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--images",
        metavar="KEY=VALUE",
        help="Images that are looked at, or `all`. Repeat it to narrow by another field.",
        show_default="all",
    ),
]
ByOption = Annotated[
    list[str] | None,
    typer.Option(
        "--by",
        metavar="FIELD",
        help="Classes whose alignment and silhouette are measured. Repeat it for more.",
        show_default="label, modality",
    ),
]
NeighboursOption = Annotated[
    int, typer.Option("--neighbours", "-k", min=1, help="Neighbours that hubness looks at.")
]
SampleOption = Annotated[
    int,
    typer.Option("--sample", min=1, help="Images at most, for what takes time with their square."),
]
PictureOption = Annotated[
    Path | None, typer.Option("--picture", metavar="FILE", help="Draw the sample as a PNG, too.")
]
ProjectionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--projection",
        metavar="NAME",
        help="How it is drawn: pca, umap. Repeat it for both side by side.",
        show_default="pca, and umap if it is installed",
    ),
]
ColourOption = Annotated[
    str, typer.Option("--color-by", metavar="FIELD", help="What the points are coloured by.")
]


def space(
    images: ImagesOption = None,
    by: ByOption = None,
    neighbours: NeighboursOption = 10,
    sample: SampleOption = 5000,
    picture: PictureOption = None,
    projection: ProjectionOption = None,
    color_by: ColourOption = "modality",
    encoder: EncoderOption = None,
    seed: SeedOption = 0,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """How embeddings fill their space: alignment, uniformity, effective rank, hubness, silhouette.

    Example: radalike eval space --picture space.png --color-by anatomy
    """
    import time

    from eval.runs import store_run
    from eval.saved_state import KeptWork
    from eval.space import as_json, report_of, survey
    from eval.space.evaluate import LABEL_AND_MODALITY
    from eval.written_files import check_png_name, write_png
    from radalike.cli.output import print_json, progress_bar
    from radalike.cli.session import open_library

    groupings = tuple(dict.fromkeys(by or LABEL_AND_MODALITY))
    methods: list[str] = []
    without_umap = False
    if picture is not None:
        check_png_name(picture)
        methods, without_umap = _methods(projection)
    started = time.monotonic()
    with open_library(library) as opened, KeptWork(opened.layout.evaluation) as kept:
        with progress_bar("Reading embeddings", shown=not json) as progress:
            found = survey(
                opened,
                selection(images or ["all"], "all"),
                by=(*groupings, *([color_by] if picture is not None else [])),
                sample=sample,
                seed=seed,
                encoder=encoder,
                progress=progress,
                resume_in=kept,
            )
        with progress_bar("Measuring the sample", shown=not json):
            report = report_of(found, by=groupings, k=neighbours)
        if picture is not None:
            from eval.space.picture import draw_map

            with progress_bar("Drawing", shown=not json):
                drawn = draw_map(found, methods, color_by, kept)
            write_png(picture, drawn)
        asked = {"images": images or ["all"], "by": list(groupings), "sample": sample}
        written = {**as_json(report), "resumed": kept.resumed}
        store_run(opened, "space", asked, written, started=started, encoder=encoder)
    if json:
        print_json(written)
        return
    _print(report)
    print_resumed(kept)
    if without_umap:
        typer.echo("Drawn without UMAP, which is not installed: pip install radalike[umap]")


def _methods(asked: list[str] | None) -> tuple[list[str], bool]:
    """What is drawn, and whether UMAP is missing from it. Raises UnknownName, MissingExtra."""
    from importlib.util import find_spec

    from eval.space.projection import METHODS, check_method

    if asked:
        for method in asked:
            check_method(method)
        return list(dict.fromkeys(asked)), False
    missing = find_spec("umap") is None
    return [name for name in METHODS if name != "umap" or not missing], missing


def _print(report: SpaceReport) -> None:
    from eval.commands.retrieval_tables import number
    from radalike.cli.output import print_table

    hubness, explained = report.hubness, report.explained_variance
    rank = number(report.effective_rank)
    occurs = f"{hubness.largest:,} times ({hubness.k} expected)" if hubness.largest else ""
    print_table(
        f"Space of {report.encoder}: {report.n_images:,} images, {report.dimension} dimensions",
        ("measure", "value", "of", "meaning"),
        [
            (
                "effective rank",
                rank and f"{report.effective_rank:.1f}",
                "all",
                f"directions in use, of {report.dimension}",
            ),
            (
                "variance explained",
                f"{sum(explained):.3f}" if explained else "",
                "all",
                f"by the first {len(explained)} principal components",
            ),
            ("uniformity", number(report.uniformity), "sample", "-4 or so is even, 0 one point"),
            (
                f"hubness ({hubness.k} neighbours)",
                number(hubness.skewness),
                "sample",
                "skewness of occurrence; 0 is even",
            ),
            ("anti-hubs", _percent(hubness.never), "sample", "images that none has as a neighbour"),
            ("largest hub", occurs, "sample", "how often one image is a neighbour"),
        ],
        numeric=["value"],
    )
    rows = [
        (
            name,
            f"{grouping.n_classes:,}",
            f"{grouping.n_images:,}",
            number(grouping.alignment),
            number(grouping.silhouette),
        )
        for name, grouping in report.groupings.items()
    ]
    columns = ("class", "classes", "images", "alignment", "silhouette")
    print_table("Classes", columns, rows, numeric=columns[1:])
    typer.echo(
        "Alignment: mean squared distance within a class, 0 is best. "
        "Silhouette: -1 to 1, higher is better."
    )
    for line in _remarks(report):
        typer.echo(line)


def _remarks(report: SpaceReport) -> list[str]:
    lines = []
    if report.n_sample < report.n_images:
        lines.append(f"Sample: {report.n_sample:,} images, seed {report.seed}.")
    if report.all_equal:
        lines.append("All embeddings are the same: what compares them is left empty.")
    if report.without_vector:
        lines.append(
            f"Left out: {report.without_vector:,} images without an embedding of this encoder."
        )
    for name, grouping in report.groupings.items():
        if not grouping.n_classes:
            lines.append(f"No image has one {name}.")
        elif grouping.n_classes == 1:
            lines.append(f"All images have the same {name}: there is nothing to separate.")
    return lines


def _percent(share: float) -> str:
    return "" if share != share else f"{share:.1%}"

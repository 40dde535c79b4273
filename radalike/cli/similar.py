"""`radalike similar`: what looks like an image, or like a whole series, of the library."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from radalike.cli.options import EncoderOption, JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table
from radalike.cli.query_options import Collapse, Count, Exact
from radalike.cli.search import closeness_of, show_hits
from radalike.cli.session import open_library

if TYPE_CHECKING:
    from radalike.library.search.series import SeriesResult


def register(app: typer.Typer) -> None:
    app.command("similar")(similar)


def similar(
    image: Annotated[
        str, typer.Argument(help="Id of an image in the library; with --series, also of a series.")
    ],
    series: Annotated[
        bool, typer.Option("--series", help="Compare the whole series with other series.")
    ] = False,
    number: Count = 10,
    exact: Exact = False,
    exclude_patient: Annotated[
        bool, typer.Option("--exclude-own-patient", help="Leave out the query's own patient.")
    ] = False,
    collapse: Collapse = False,
    encoder: EncoderOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """The images, or series, most similar to one of the library's own.

    Example: radalike similar --series 3f2b6c1e-5d0a-5b8e-9a53-0c5e8f6d7a10 -n 5
    """
    with open_library(library, encoder=encoder) as opened:
        if series:
            found = opened.similar_series(
                image, number, exclude_patient=exclude_patient, exact=exact
            )
            _show_series(found, as_json=as_json)
            return
        record = opened.get(image)
        patient = record.metadata.patient if exclude_patient else None
        result = opened.search(
            record.id, number, exact=exact, exclude_patient=patient, collapse=collapse
        )
        show_hits(opened, image, result, closeness_of(opened, exact=exact), as_json=as_json)


def _show_series(result: SeriesResult, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(result))
        return
    if not result.hits:
        typer.echo("There is no other series. `radalike status` shows what there is.")
        return
    print_table(
        f"{len(result.hits)} series most similar to {result.series} ({result.slices} slices, "
        f"{result.encoder}, {result.backend}, {result.took_ms:.0f} ms)",
        ("", "score", "images", "modality", "anatomy", "series", "most similar image"),
        (
            (
                str(rank),
                f"{hit.score:.3f}",
                str(hit.images),
                str(hit.best.payload.get("modality", "")),
                str(hit.best.payload.get("anatomy", "")),
                hit.series,
                hit.best.id,
            )
            for rank, hit in enumerate(result.hits, start=1)
        ),
        numeric=("", "score", "images"),
    )

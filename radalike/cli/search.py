"""`radalike search`, and how hits are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radalike.cli.options import EncoderOption, JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table
from radalike.cli.query_options import (
    Anatomy,
    Count,
    Exact,
    ExcludePatient,
    FrameOption,
    Label,
    Modality,
    QueryArgument,
    RegionOption,
    RootOption,
    TextOption,
    Where,
    condition_of,
    patient_of,
    query_of,
    region_of,
)
from radalike.cli.session import open_library

if TYPE_CHECKING:
    from radalike.library import Library
    from radalike.records import Hit, SearchResult


def register(app: typer.Typer) -> None:
    app.command("search")(search)


def search(
    query: QueryArgument = None,
    text: TextOption = None,
    region: RegionOption = None,
    frame: FrameOption = None,
    root: RootOption = None,
    tiles: Annotated[
        str,
        typer.Option(
            "--tiles",
            metavar="ROWSxCOLUMNS",
            help="Search the tiles of images, as `radalike encode --tiles` stored them.",
        ),
    ] = "",
    number: Count = 10,
    modality: Modality = None,
    anatomy: Anatomy = None,
    label: Label = None,
    where: Where = None,
    exact: Exact = False,
    exclude_patient: ExcludePatient = None,
    encoder: EncoderOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """The images most similar to QUERY, to a region of it, or to a text.

    Example: radalike search head.dcm -n 5 --modality CT --region 120,80,64,64
    """
    asked, part = query_of(query, text), region_of(region)
    condition = condition_of(modality, anatomy, label, where)
    with open_library(library, encoder=encoder) as opened:
        result = opened.search(
            asked,
            number,
            condition,
            region=part,
            frame=frame,
            root=root,
            tiles=tiles,
            exact=exact,
            exclude_patient=patient_of(opened, query, exclude_patient),
        )
        show_hits(opened, query or text or "", result, as_json=as_json)


def show_hits(library: Library, query: str, result: SearchResult, *, as_json: bool) -> None:
    hits = described(library, result.hits)
    if as_json:
        print_json(
            {
                "query": query,
                "encoder": result.encoder,
                "backend": result.backend,
                "took_ms": result.took_ms,
                "hits": hits,
            }
        )
        return
    if not hits:
        typer.echo(NOTHING)
        return
    tiled = any("region" in hit for hit in hits)
    place = "source or id, and region" if tiled else "source or id"
    print_table(
        f"{len(hits)} most similar ({result.encoder}, {result.backend}, {result.took_ms:.0f} ms)",
        ("", "score", "modality", "anatomy", "label", "dataset", place),
        (
            (
                str(rank),
                f"{hit['score']:.3f}",
                hit["modality"] or "",
                hit["anatomy"] or "",
                ", ".join(hit["labels"]),
                hit["dataset"] or "",
                "\n".join(filter(None, (hit["source"] or hit["id"], hit.get("region")))),
            )
            for rank, hit in enumerate(hits, start=1)
        ),
        numeric=("", "score"),
    )


NOTHING = "No image passes these filters. `radalike status` shows what there is."


def described(library: Library, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Each hit as it is printed: its payload, and a data set's public file name (`source`)."""
    records = library.catalog.records([hit.id for hit in hits])
    empty: dict[str, Any] = {"modality": None, "anatomy": None, "labels": [], "dataset": None}
    return [
        {
            "id": hit.id,
            "score": round(hit.score, 6),
            **empty,
            **{name: value for name, value in hit.payload.items() if name != "image"},
            "source": records[hit.id].filepath,
        }
        for hit in hits
        if hit.id in records  # else it has been erased since it was found
    ]

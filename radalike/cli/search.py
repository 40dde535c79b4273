"""`radalike search`, and how hits are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radalike.cli.options import EncoderOption, JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table
from radalike.cli.query_options import (
    Anatomy,
    Collapse,
    Count,
    Exact,
    ExcludePatient,
    FrameOption,
    Label,
    Modality,
    NotRelevant,
    QueryArgument,
    RegionOption,
    Relevant,
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
    from radalike.library.search.closeness import Closeness
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
    collapse: Collapse = False,
    relevant: Relevant = None,
    not_relevant: NotRelevant = None,
    encoder: EncoderOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """The images most similar to QUERY, to a region of it, or to a text.

    Example: radalike search head.dcm -n 5 --modality CT --region 120,80,64,64
    """
    from radalike.library.search.marks import Marks

    asked, part = query_of(query, text), region_of(region)
    marks = Marks(tuple(relevant or ()), tuple(not_relevant or ()))
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
            marks=marks,
            collapse=collapse,
        )
        # Words, tiles, and a query that was moved by marks score on another scale.
        closeness = None if text or tiles or marks else closeness_of(opened, exact=exact)
        show_hits(opened, query or text or "", result, closeness, as_json=as_json)


def closeness_of(library: Library, *, exact: bool) -> Closeness | None:
    """What is known of it; a search is not worth less where that is nothing."""
    from radalike.errors import RadalikeError

    try:
        return library.closeness(exact=exact)
    except RadalikeError as exc:
        typer.echo(f"radalike: whether the best is a good match is not known: {exc}", err=True)
        return None


def show_hits(
    library: Library,
    query: str,
    result: SearchResult,
    closeness: Closeness | None,
    *,
    as_json: bool,
) -> None:
    from radalike.library.search.closeness import good_match

    hits = described(library, result.hits)
    good = good_match(closeness, result)
    if as_json:
        print_json(
            {
                "query": query,
                "encoder": result.encoder,
                "backend": result.backend,
                "took_ms": result.took_ms,
                "good_match": good,
                "folded": result.folded,
                "hits": hits,
            }
        )
        return
    if not hits:
        typer.echo(NOTHING)
        return
    if closeness is not None and good is False:
        typer.echo(
            f"no good match: the best is {result.hits[0].score:.3f}, below "
            f"{closeness.threshold:.3f} ({closeness.sample} images of this library were asked for "
            "their nearest: 99 % of the scores are above)"
        )
    tiled = any("region" in hit for hit in hits)
    shown = ("folded",) if result.folded else ()
    place = "source or id, and region" if tiled else "source or id"
    print_table(
        f"{len(hits)} most similar ({result.encoder}, {result.backend}, {result.took_ms:.0f} ms)",
        ("", "score", *shown, "modality", "anatomy", "label", "dataset", place),
        (
            (
                str(rank),
                f"{hit['score']:.3f}",
                *(str(result.folded.get(hit["id"], 0)) for _ in shown),
                hit["modality"] or "",
                hit["anatomy"] or "",
                ", ".join(hit["labels"]),
                hit["dataset"] or "",
                "\n".join(filter(None, (hit["source"] or hit["id"], hit.get("region")))),
            )
            for rank, hit in enumerate(hits, start=1)
        ),
        numeric=("", "score", *shown),
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

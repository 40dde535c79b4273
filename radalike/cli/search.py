"""`radalike search`, and how hits are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from radalike.cli.options import (
    EncoderOption,
    JsonOption,
    LibraryOption,
    conditions_of,
    parse_conditions,
)
from radalike.cli.output import print_json, print_table
from radalike.cli.session import open_library

if TYPE_CHECKING:
    from radalike.library import Library
    from radalike.records import SearchResult

Count = Annotated[int, typer.Option("-n", "--number", min=1, max=1000, help="How many hits.")]
Modality = Annotated[
    list[str] | None, typer.Option("--modality", help="Only this modality; repeat for several.")
]
Anatomy = Annotated[
    list[str] | None, typer.Option("--anatomy", help="Only this region; synonyms are understood.")
]
Label = Annotated[list[str] | None, typer.Option("--label", help="Only images with this label.")]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", help="FIELD=VALUE on any other field: dataset, split, sex, age …"),
]
Exact = Annotated[bool, typer.Option("--exact", help="Read every vector; needs no built index.")]
ExcludePatient = Annotated[
    str | None,
    typer.Option(
        "--exclude-patient", help="Leave out this patient (pseudonym, or `own`: the query's)."
    ),
]


def register(app: typer.Typer) -> None:
    app.command("search")(search)


def search(
    query: Annotated[str, typer.Argument(help="An image or DICOM file, or an id in the library.")],
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
    """The images most similar to QUERY.

    Example: radalike search head.dcm -n 5 --modality CT --anatomy head
    """
    from radalike.filters import all_of

    named = {"modality": modality or [], "anatomy": anatomy or [], "labels": label or []}
    condition = all_of(conditions_of(named), parse_conditions(where or []))
    with open_library(library, encoder=encoder) as opened:
        patient = _patient(opened, query, exclude_patient)
        result = opened.search(query, number, condition, exact=exact, exclude_patient=patient)
        show_hits(opened, query, result, as_json=as_json)


def _patient(library: Library, query: str, wanted: str | None) -> str | None:
    if wanted != "own":
        return wanted
    from radalike.errors import UsageError

    patient = library.get(query).metadata.patient
    if patient is None:
        raise UsageError("the query has no patient", hint="leave out --exclude-patient")
    return patient


def show_hits(library: Library, query: str, result: SearchResult, *, as_json: bool) -> None:
    records = library.catalog.records([hit.id for hit in result.hits])
    hits: list[dict[str, Any]] = []
    for hit in result.hits:
        if hit.id not in records:  # erased since it was found
            continue
        source = records[hit.id].filepath
        fields = {"modality": None, "anatomy": None, "labels": [], "dataset": None} | dict(
            hit.payload
        )
        hits.append({"id": hit.id, "score": round(hit.score, 6), **fields, "source": source})
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
        typer.echo("No image passes these filters. `radalike status` shows what there is.")
        return
    print_table(
        f"{len(hits)} most similar ({result.encoder}, {result.backend}, {result.took_ms:.0f} ms)",
        ("", "score", "modality", "anatomy", "label", "dataset", "source or id"),
        (
            (
                str(rank),
                f"{hit['score']:.3f}",
                hit["modality"] or "",
                hit["anatomy"] or "",
                ", ".join(hit["labels"]),
                hit["dataset"] or "",
                hit["source"] or hit["id"],
            )
            for rank, hit in enumerate(hits, start=1)
        ),
        numeric=("", "score"),
    )

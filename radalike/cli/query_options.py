"""What `search` and `compare` are asked: the query, the part of it that is meant, the filters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radalike.cli.options import conditions_of, parse_conditions

if TYPE_CHECKING:
    from radalike.filters import Filter
    from radalike.library import Library
    from radalike.library.search.queries import Query
    from radalike.library.search.regions import Region

QueryArgument = Annotated[
    str | None,
    typer.Argument(metavar="QUERY", help="An image or DICOM file, or an id in the library."),
]
TextOption = Annotated[
    str | None,
    typer.Option("--text", help="Words in place of QUERY, for encoders with a text tower."),
]
RegionOption = Annotated[
    str | None,
    typer.Option(
        "--region",
        metavar="X,Y,W,H",
        help="The part of QUERY that is meant: pixels, or fractions when none is above 1.",
    ),
]
FrameOption = Annotated[
    int | None,
    typer.Option("--frame", help="Of a multi-frame DICOM file, from 0 (default: the middle one)."),
]
RootOption = Annotated[
    Path | None,
    typer.Option(
        "--root",
        help="Where the file names of a data set lead from, to cut --region from an id's original.",
    ),
]
Count = Annotated[int, typer.Option("-n", "--number", min=1, max=1000, help="How many hits.")]
Modality = Annotated[
    list[str] | None, typer.Option("--modality", help="Only this modality; repeat for several.")
]
Anatomy = Annotated[
    list[str] | None,
    typer.Option("--anatomy", help="Only this body region; synonyms are understood."),
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
Collapse = Annotated[
    bool,
    typer.Option("--collapse", help="One hit for the slices of a series, and for copies."),
]
Relevant = Annotated[
    list[str] | None,
    typer.Option("--relevant", metavar="ID", help="More like this image; repeat for several."),
]
NotRelevant = Annotated[
    list[str] | None,
    typer.Option("--not-relevant", metavar="ID", help="Less like this image, and not itself."),
]


def query_of(query: str | None, text: str | None) -> Query:
    """Raises UsageError unless exactly one of them is given."""
    from radalike.errors import UsageError
    from radalike.library.search.queries import Text

    if text is None and query is not None:
        return query
    if text is not None and query is None:
        return Text(text)
    problem = "there is no query" if query is None else "there are two queries"
    raise UsageError(problem, hint="give a file, or an id of the library, or --text WORDS")


def region_of(text: str | None) -> Region | None:
    """Raises UsageError."""
    from radalike.library.search.regions import parse_region

    return None if text is None else parse_region(text)


def condition_of(
    modality: list[str] | None,
    anatomy: list[str] | None,
    label: list[str] | None,
    where: list[str] | None,
) -> Filter | None:
    from radalike.filters import all_of

    named = {"modality": modality or [], "anatomy": anatomy or [], "labels": label or []}
    return all_of(conditions_of(named), parse_conditions(where or []))


def patient_of(library: Library, query: str | None, wanted: str | None) -> str | None:
    """The pseudonym that `--exclude-patient` means. Raises RecordNotFound, UsageError."""
    if wanted != "own":
        return wanted
    from radalike.errors import UsageError

    patient = library.get(query).metadata.patient if query is not None else None
    if patient is None:
        raise UsageError("the query has no patient", hint="leave out --exclude-patient")
    return patient

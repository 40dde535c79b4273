"""Options that evaluation's commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from radalike.filters import Filter

IndexOption = Annotated[
    list[str] | None,
    typer.Option(
        "--index",
        metavar="KEY=VALUE",
        help="Images that are searched, or `all`. Repeat it to narrow by another field.",
        show_default="split=train",
    ),
]
QueriesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--queries",
        metavar="KEY=VALUE",
        help="Images that are searched for, or `all`. Repeat it to narrow by another field.",
        show_default="split=test",
    ),
]
RelevanceOption = Annotated[
    str,
    typer.Option(
        "--relevance",
        metavar="NAME",
        help="What makes a hit: the same label, modality, anatomy, organ or any other field; "
        "any-label, label-jaccard for images with several labels.",
    ),
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        metavar="NAME",
        help="What a query must not find besides itself: same-patient, same-study, duplicates. "
        "Repeat it for more.",
    ),
]
EncodersOption = Annotated[
    list[str] | None,
    typer.Option("--encoder", help="Encoder id (default: the library's own). Repeat it for more."),
]
DrawsOption = Annotated[
    int, typer.Option("--draws", min=0, help="Of the bootstrap over patients; 0: no intervals.")
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Of all that is drawn at random.")]
CsvOption = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Write the numbers as CSV, too.")
]
HtmlOption = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Write one page that needs no network, too."),
]


def selection(texts: list[str] | None, default: str) -> Filter | None:
    """The filter that --index or --queries gives; None: all. Raises UsageError, UnknownName."""
    from radalike.cli.options import parse_conditions

    return None if texts == ["all"] else parse_conditions(texts or [default])

"""Options that the commands for classification share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from radalike.filters import Filter

ClassOption = Annotated[
    str,
    typer.Option(
        "--relevance",
        metavar="NAME",
        help="The classes: label, modality, anatomy, organ or any other field with one value an "
        "image.",
    ),
]
ValidationOption = Annotated[
    list[str] | None,
    typer.Option(
        "--validation",
        metavar="KEY=VALUE",
        help="Images that the settings are chosen on. Repeat it to narrow by another field.",
        show_default="split=val",
    ),
]


def validation_filter(texts: list[str] | None) -> Filter | None:
    """None: not given. Raises UsageError, UnknownName."""
    from radalike.cli.options import parse_conditions

    return parse_conditions(texts) if texts else None

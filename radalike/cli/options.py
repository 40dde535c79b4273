"""Options that commands share, and filters from their values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from radalike.filters import Filter

LibraryOption = Annotated[
    Path | None,
    typer.Option(
        "--library", help="Folder of the library (RADALIKE_LIBRARY, else ./radalike-library)."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
EncoderOption = Annotated[
    str | None, typer.Option("--encoder", help="Encoder id (default: the library's own).")
]


def parse_conditions(conditions: Sequence[str]) -> Filter | None:
    """`["split=train", "modality=CT"]` as one filter; values of a field given twice are
    alternatives. Raises UsageError for a text without `=`, UnknownName, InvalidFilter."""
    from radalike.errors import UsageError

    values: dict[str, list[str]] = {}
    for text in conditions:
        name, separator, value = text.partition("=")
        if not separator:
            raise UsageError(f"{text!r} is no condition", hint="write FIELD=VALUE: modality=CT")
        values.setdefault(name.strip(), []).append(value.strip())
    return conditions_of(values)


def conditions_of(values: dict[str, list[str]]) -> Filter | None:
    """The conjunction over fields of "one of these values"; values pass the vocabulary."""
    from radalike.filters import all_of, any_of, eq

    filters = []
    for name, texts in values.items():
        typed = [_typed(name, text) for text in texts]
        if typed:
            filters.append(eq(name, typed[0]) if len(typed) == 1 else any_of(name, typed))
    return all_of(*filters)


def _typed(name: str, text: str) -> str | int:
    from radalike.errors import InvalidFilter
    from radalike.records import PAYLOAD_FIELDS, FieldKind
    from radalike.vocabulary import filter_value

    if name in PAYLOAD_FIELDS and PAYLOAD_FIELDS[name].kind is FieldKind.INTEGER:
        try:
            return int(text)
        except ValueError as exc:
            raise InvalidFilter(
                f"{name}={text} is not a whole number", hint=f"for example {name}=60", field=name
            ) from exc
    return filter_value(name, text)

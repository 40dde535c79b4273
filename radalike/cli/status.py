"""`radalike status`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from radalike.cli.options import EncoderOption, JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table
from radalike.cli.session import open_library
from radalike.imaging.renderings import STORED_WINDOW


def register(app: typer.Typer) -> None:
    app.command("status")(status)


def status(
    encoder: EncoderOption = None, library: LibraryOption = None, as_json: JsonOption = False
) -> None:
    """What is in the library, in numbers.

    Example: radalike status --library ./radalike-library
    """
    with open_library(library, encoder=encoder) as opened:
        found = opened.status()
    if as_json:
        print_json(found.as_json())
        return
    rows = [("images", f"{found.images:,}")]
    for name, counts in (
        ("modality", found.by_modality),
        ("anatomy", found.by_anatomy),
        ("dataset", found.by_dataset),
    ):
        rows.append((name, ", ".join(f"{value} {count:,}" for value, count in counts.items())))
    rows += [("encoder", _coverage(each)) for each in found.encoders]
    rows.append(("index", f"{found.indexed:,} built, {found.pending:,} searched exactly meanwhile"))
    rows.append(("duplicates", f"{found.duplicates:,}"))
    rows.append(("rejected", f"{found.rejected:,}"))
    sizes = ", ".join(f"{name} {size / 1e6:,.1f} MB" for name, size in found.bytes.items())
    rows.append(("on disk", sizes))
    print_table("", ("", ""), rows)


def _coverage(each: Mapping[str, Any]) -> str:
    """One encoder in words."""
    name = each["id"] + (f", tiles {each['tiles']}" if each["tiles"] else "")
    if each["rendering"] != STORED_WINDOW:
        name += f", rendering {each['rendering']}"
    # Rounded down: 100 % is said of what is whole.
    percent = int(each["share"] * 1000) / 10 if each["covered"] < each["images"] else 100
    said = [
        f"{each['covered']:,} of {each['images']:,} images ({percent:g} %)",
        f"{each['vectors']:,} vectors",
        "/".join(each["precision"]),
        f"{each['indexed']:,} indexed",
        "" if each["weights_here"] else "its weights are not on this machine",
        "the default" if each["default"] else "",
    ]
    return f"{name}: {', '.join(filter(None, said))}"

"""`radalike status`."""

from __future__ import annotations

import typer

from radalike.cli.options import EncoderOption, JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table
from radalike.cli.session import open_library


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
    for each in found.encoders:
        precision = "/".join(each["precision"])
        rows.append(("encoder", f"{each['id']}: {each['vectors']:,} vectors, {precision}"))
    rows.append(("index", f"{found.indexed:,} built, {found.pending:,} searched exactly meanwhile"))
    rows.append(("duplicates", f"{found.duplicates:,}"))
    rows.append(("rejected", f"{found.rejected:,}"))
    sizes = ", ".join(f"{name} {size / 1e6:,.1f} MB" for name, size in found.bytes.items())
    rows.append(("on disk", sizes))
    print_table("", ("", ""), rows)

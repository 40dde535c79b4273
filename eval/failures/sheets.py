"""Failing classes as contact sheets: some queries that miss, with what they find first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from eval.contact_sheet import Mark, Section, Tile, contact_sheet
from eval.failures.report import Example, FailingClass, FailuresReport
from eval.written_files import check_png_name, write_png
from radalike.library import Library

MOST_ON_ONE = 12
"""Classes on a sheet of several: more would make a picture that few programs open."""


def sheet_of(library: Library, report: FailuresReport, classes: Sequence[FailingClass]) -> bytes:
    """One sheet with a section for each of `classes`, as PNG. Raises RecordNotFound."""
    sections = [_section(library, each) for each in classes]
    return contact_sheet(f"P@1 below {report.below:g}, {report.encoder}", sections)


def write_sheets(library: Library, report: FailuresReport, place: Path) -> list[Path]:
    """`place` is a .png, for one sheet of the MOST_ON_ONE worst classes, or a folder, for a sheet
    of each class. The files that were written; none when no class fails. Raises UsageError,
    StorageFull, RecordNotFound."""
    check_place(place)
    if not report.failing:
        return []
    if not _is_folder(place):
        write_png(place, sheet_of(library, report, report.failing[:MOST_ON_ONE]))
        return [place]
    written = []
    for number, each in enumerate(report.failing, start=1):
        path = place / f"{number:02}-{_file_name(each.name)}.png"
        write_png(path, sheet_of(library, report, [each]))
        written.append(path)
    return written


def check_place(place: Path) -> None:
    """Before work is done that ends there. Raises UsageError for a file that is no .png."""
    if not _is_folder(place):
        check_png_name(place)


def _is_folder(place: Path) -> bool:
    return place.is_dir() or not place.suffix


def _section(library: Library, each: FailingClass) -> Section:
    confused = ", ".join(f"{c.name} {c.share:.0%}" for c in each.confusions[:3])
    return Section(
        f"{each.name}: P@1 {each.precision:.2f}",
        f"{each.n_queries:,} queries, {each.n_index:,} in the index. Found first: {confused}",
        tuple(_row(library, each, example) for example in each.examples),
    )


def _row(library: Library, each: FailingClass, example: Example) -> tuple[Tile, ...]:
    query = Tile(_thumbnail(library, example.query), ("query", each.name), Mark.QUERY)
    found = (
        Tile(
            _thumbnail(library, one.id),
            (f"{'hit' if one.is_hit else 'miss'} {one.similarity:.3f}", one.name),
            Mark.HIT if one.is_hit else Mark.MISS,
        )
        for one in example.neighbours
    )
    return (query, *found)


def _thumbnail(library: Library, image: str) -> bytes | None:
    return library.thumbnail(library.get(image))


def _file_name(name: str) -> str:
    """Of a class: letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "class"

"""Sections that are finished, kept while the others are made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict

from eval.ann.opening import built_version
from eval.finished_steps import FinishedSteps
from eval.report.markup import Html
from eval.report.measured import Request
from eval.report.page import Section
from eval.saved_state import KeptWork
from radalike.library import Library


def finished_sections(library: Library, request: Request, kept: KeptWork) -> FinishedSteps:
    """What an interrupted report of the same library, asked for the same, has finished."""
    return FinishedSteps(kept, "report", [repr(request).encode()], _found_in(library, request))


def taken(finished: FinishedSteps, name: str) -> Section | None:
    """A section that need not be made again."""
    values = finished.take(name)
    return None if values is None else Section(**{**values, "body": Html(values["body"])})


def keep(finished: FinishedSteps, section: Section) -> None:
    """One that shows images is not kept, where an erasure would not look for it; one that could not
    be made is tried again. Raises StorageFull."""
    if section.made and not section.pictures:
        finished.keep(section.name, asdict(section))


def _found_in(library: Library, request: Request) -> Iterator[bytes]:
    """All of the library that a report reads."""
    records = hashlib.sha256()
    for record in library.records():
        records.update(repr(record).encode())
    yield records.digest()
    for name in request.encoders:
        space = library.beside(name)
        parts = [(part.name, part.sha256) for part in library.catalog.parts(space.fingerprint)]
        yield repr((space.fingerprint, parts, built_version(space))).encode()

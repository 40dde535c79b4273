"""Holding parts, catalog and built index against each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from radalike.embeddings.parts import verify_part
from radalike.errors import CorruptPart, IndexBusy, IndexUnavailable

if TYPE_CHECKING:
    from radalike.library.library import Library


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    problem: str
    way_out: str


def check_library(library: Library, progress: Callable[[int, int], None]) -> list[Finding]:
    """What is wrong: parts that are gone or changed, and an index that does not hold its parts."""
    from radalike.library.indexing.projection import points_of

    findings = []
    parts = library.catalog.parts(library.fingerprint)
    for number, part in enumerate(parts, start=1):
        try:
            verify_part(library.layout.embeddings(part.fingerprint) / part.name, part.sha256)
            points_of(library.layout, library.catalog, part)
        except CorruptPart as exc:
            findings.append(Finding(f"part {part.name}", str(exc), exc.hint))
        progress(number, len(parts))
    if library.layout.interrupted_remap.exists():
        problem = "a remap was interrupted: filters find old words in it"
        findings.append(Finding("index", problem, "`radalike remap` finishes it"))
    return findings + _index_findings(library)


def _index_findings(library: Library) -> list[Finding]:
    from radalike.library.indexing.opening import open_built

    try:
        built = open_built(library, "")
    except IndexBusy as exc:
        return [Finding("index", f"not checked: {exc}", "close the search page and check again")]
    except IndexUnavailable as exc:
        return [Finding("index", str(exc), exc.hint)]
    if built is None:
        return []
    try:
        parts = library.catalog.parts(library.fingerprint)
        expected = sum(part.rows for part in parts if part.name in built.parts)
        found = built.index.count()
    finally:
        built.index.close()
    if found == expected:
        return []
    problem = f"{found} points, its parts have {expected} rows"
    return [Finding("index", problem, "`radalike index build --full`")]

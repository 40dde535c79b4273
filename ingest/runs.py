"""Ingests kept in the library's catalog, for `radalike ingest-runs` and the interface."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ingest.report import IngestReport
from radalike.catalog.runs import INGEST, Run, add_run

if TYPE_CHECKING:
    from radalike.library import Library


def store_ingest(
    library: Library, report: IngestReport, sources: Iterable[str], **options: str | int | None
) -> int:
    """Keep `report`, and its number. sources: what kinds they are of, and never which, since paths
    and addresses can name patients. options: those that were given (None: was not).

    Raises StorageFull, LibraryError.
    """
    given = {name: value for name, value in options.items() if value is not None}
    run = Run(
        command=INGEST,
        encoder=library.encoder_id,
        fingerprint=library.fingerprint,
        asked={"sources": sorted(set(sources)), **given},
        found=report.as_json(),
        seconds=report.seconds,
    )
    return add_run(library.catalog.engine, run)

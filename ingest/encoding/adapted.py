"""An adapted encoder's vectors: mapped from those of the encoder it adapts, without originals."""

from __future__ import annotations

import time
from threading import Event
from typing import TYPE_CHECKING

from ingest.encoding.originals import Missing
from ingest.encoding.report import EncodeReport
from ingest.encoding.run import Progress
from ingest.indexing import IndexKeeper
from radalike.catalog.coverage import images_with_vectors
from radalike.library.adaptation.adapted_vectors import adapt_stored

if TYPE_CHECKING:
    from radalike.library import Library


class _Stopped(Exception):
    pass


def encode_adapted(library: Library, *, stop: Event, progress: Progress) -> EncodeReport:
    """Map what `library.spec`, an adapted encoder, has not mapped yet. Setting `stop` ends it with
    the next part.

    Raises LibraryBusy, CorruptPart, WeightsMismatch, StorageFull.
    """
    started = time.monotonic()
    engine, catalog, own = library.catalog.engine, library.catalog, library.fingerprint
    already, parts = images_with_vectors(engine, own), len(catalog.parts(own))
    vectors = sum(part.rows for part in catalog.parts(own))

    def on_the_way(done: int, total: int) -> None:
        progress(done, total)
        if stop.is_set() and done < total:  # called when a part has been committed
            raise _Stopped

    try:
        adapt_stored(library, library.spec, on_the_way)
    except _Stopped:
        finished = False
    else:
        finished = True
    images = catalog.totals()["images"]
    left = images - images_with_vectors(engine, own)
    now = catalog.parts(own)
    indexed, index_problem = IndexKeeper(library).finish(quick=not finished)
    missing = left if finished else 0
    return EncodeReport(
        encoder=library.encoder_id,
        fingerprint=own,
        tiles=library.spec.tiles,
        images=images,
        already=already,
        encoded=images - left - already,
        missing=missing,
        changed=0,
        rejected=0,
        left=left - missing,
        missing_by_reason={str(Missing.NOT_ENCODED): missing} if missing else {},
        rejects={},
        computed=sum(part.rows for part in now) - vectors,
        parts=len(now) - parts,
        indexed=indexed,
        index_problem=index_problem,
        precision=now[-1].precision if now else None,
        device=None,
        seconds=round(time.monotonic() - started, 3),
        interrupted=not finished,
    )

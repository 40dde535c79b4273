"""Taking a patient out of the search indexes: the embedded generations, and the server.

A point that is deleted from an embedded shard stays in its segments and its write-ahead log, so
the shard is built anew from the rewritten parts and every older one is removed. The server drops
deleted points from its segments when it optimises them.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.catalog import erasing
from radalike.errors import IndexBusy, UsageError
from radalike.index import generations
from radalike.index.backend import Index, IndexSpec
from radalike.library.erasure.plan import Plan, points_of_plan
from radalike.library.indexing.build_process import BuildProcess

if TYPE_CHECKING:
    from radalike.library.library import Library

_OTHER_BUILD_SECONDS = 600.0
_READERS_SECONDS = 15.0  # a search page looks for news every two
_POLL_SECONDS = 0.2
_END_IT = "end it, and run the same again"


def held_parts(library: Library) -> set[str]:
    """Names of the parts that an index holds, embedded or on a server."""
    held: set[str] = set()
    for folder in _folders(library):
        generation = generations.current(folder)
        held |= generations.parts_in(generation) if generation else set()
    for names in erasing.targets(library.catalog.engine).values():
        held |= names
    return held


def erase_from_server(library: Library, plan: Plan, *, forget_servers: bool) -> None:
    """Delete the points of `plan` from the collections of the server that holds them.

    Raises UsageError when another server than that of the settings holds some, unless those are
    to be forgotten; IndexUnavailable when it does not answer.
    """
    catalog = library.catalog
    affected = set(erasing.rows_in_parts(catalog.engine, plan.images))
    holding = {
        target for target, parts in erasing.targets(catalog.engine).items() if parts & affected
    }
    for target in sorted(holding - set(_own_targets(library))):
        if not forget_servers:
            raise UsageError(
                "another Qdrant server than that of the settings holds this patient's points",
                hint="set qdrant_url to its address; --forget-servers when it is no more",
            )
        catalog.set_projected(target, [], reset=True)
    for index in reached_servers(library, holding):
        index.delete(points_of_plan(plan))


def reached_servers(library: Library, only: Collection[str] | None = None) -> Iterator[Index]:
    """The collections of the settings' server that the catalog knows of (those of `only`)."""
    from radalike.index.server import ServerIndex
    from radalike.library.indexing.opening import server_client

    for target, fingerprint in _own_targets(library).items():
        if only is None or target in only:
            spec = IndexSpec(library.catalog.dimension(fingerprint), fingerprint)
            client = server_client(library)
            try:
                yield ServerIndex(client, spec)
            finally:
                client.close()


def _own_targets(library: Library) -> dict[str, str]:
    """The fingerprint of each target that is on the settings' server."""
    prefix = f"server:{library.settings.qdrant_url}:"
    return {
        target: target.removeprefix(prefix)
        for target in sorted(erasing.targets(library.catalog.engine))
        if target.startswith(prefix)
    }


def erase_from_indexes(library: Library) -> None:
    """Leave no generation of the embedded index that holds a part which is no more."""
    if "searcher" in vars(library):
        library.searcher.refresh()  # it gives up what is no more whole,
        library.searcher.refresh()  # and closes it
    for folder in _folders(library):
        parts = {part.name for part in library.catalog.parts(folder.name)}
        generation = generations.current(folder)
        if parts and generation is not None and not generations.parts_in(generation) <= parts:
            _build(library, folder.name)
        lock = generations.build_lock(folder, wait=_OTHER_BUILD_SECONDS, way_out=_END_IT)
        try:
            kept = generations.current(folder) if parts else None
            generations.remove_all_but(folder, kept, wait=_READERS_SECONDS)
        finally:
            lock.release()


def _folders(library: Library) -> list[Path]:
    return sorted(path for path in (library.layout.root / "index").glob("*") if path.is_dir())


def _build(library: Library, fingerprint: str) -> None:
    """Anew, from the parts. A build that runs already may hold what has been erased: after it."""
    deadline = time.monotonic() + _OTHER_BUILD_SECONDS
    while True:
        process = BuildProcess()
        process.build(library.layout.root, fingerprint, library.catalog_url, full=True)
        try:
            process.wait()
        except IndexBusy:
            if time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)
            continue
        finally:
            process.stop()
        return

"""Taking a patient out of the search indexes: the embedded generations, and the server.

A point that is deleted from an embedded shard stays in its segments and its write-ahead log, so
the shard is built anew from the rewritten parts and every older one is removed. The server drops
deleted points from its segments when it optimises them.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from radalike.catalog import erasing
from radalike.errors import IndexBusy, UsageError
from radalike.index import generations
from radalike.index.backend import Index, IndexSpec
from radalike.library.build_process import BuildProcess
from radalike.library.erasure.plan import Plan, points_of_plan
from radalike.locks import Lock, LockHeld
from radalike.storage import sync_folder

if TYPE_CHECKING:
    from radalike.library.library import Library

_OTHER_BUILD_SECONDS = 600.0
_READERS_SECONDS = 15.0  # a search page looks for news every two
_POLL_SECONDS = 0.2


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
    from radalike.library.opening import server_client

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
        if not parts:
            _drop_all(folder)
            continue
        if generation is not None and not generations.parts_in(generation) <= parts:
            _build(library, folder.name)
        _drop_old(folder)


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


def _drop_old(folder: Path) -> None:
    with _build_lock(folder):
        current = generations.current(folder)
        _remove_all(folder, "" if current is None else current.name)


def _drop_all(folder: Path) -> None:
    with _build_lock(folder):
        (folder / "CURRENT").unlink(missing_ok=True)
        _remove_all(folder, "")


def _remove_all(folder: Path, kept: str) -> None:
    """Every generation but `kept`, and copies that a proof which was killed has made."""
    for path in sorted(folder.glob("gen-??????")):
        if path.name != kept:
            _remove(path)
    for path in folder.glob("*gen-??????*"):
        if not path.name.startswith(kept or "\0"):
            if path.is_dir():
                rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    sync_folder(folder)


def _remove(generation: Path) -> None:
    # A search that has it open sees that a part of it is no more, and closes it; one that sleeps
    # goes on with what it has mapped, and gives the disk's blocks free when it ends.
    lock = _waited_for(generation.with_name(f"{generation.name}.lock"), _READERS_SECONDS)
    try:
        # Renamed first, so that nobody opens half of it.
        removed = generation.rename(generation.with_name(f"removed-{generation.name}"))
        rmtree(removed, ignore_errors=True)
    finally:
        if lock is not None:
            lock.release()


@contextmanager
def _build_lock(folder: Path) -> Iterator[None]:
    lock = _waited_for(folder / "build.lock", _OTHER_BUILD_SECONDS)
    if lock is None:
        raise IndexBusy(
            "another build of the index does not end", hint="end it and run the same again"
        )
    try:
        yield
    finally:
        lock.release()


def _waited_for(path: Path, seconds: float) -> Lock | None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return Lock.acquire(path)
        except LockHeld:
            if time.monotonic() > deadline:
                return None
            time.sleep(_POLL_SECONDS)

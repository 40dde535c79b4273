"""An embedded index built aside for a measurement, in a process of its own, and removed with it.

The engine holds the interpreter's lock while it optimises: here Ctrl-C would wait for its end.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from shutil import rmtree
from uuid import uuid4

from radalike.catalog.store import Catalog
from radalike.errors import IndexFault, RadalikeError
from radalike.index.backend import Index, IndexSpec
from radalike.library import Library
from radalike.library.catalogs import open_catalog
from radalike.library.indexing.projection import points_of
from radalike.library.layout import Layout
from radalike.locks import Lock, LockHeld
from radalike.storage import storage_errors

Written = Callable[[int], None]
"""Called with how many more points have been written."""

_PREFIX = "ann-"


@contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """A new folder in `parent`, which belongs to the library: it holds vectors of patients. It is
    removed in the end; what a process that was killed has left is removed by the next.

    Raises StorageFull.
    """
    with storage_errors():
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for guard in parent.glob(f"{_PREFIX}*.lock"):
        _remove(guard)
    folder = parent / f"{_PREFIX}{uuid4().hex}"
    lock = Lock.acquire(_guard(folder))
    try:
        with storage_errors():
            folder.mkdir(mode=0o700)
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)
        lock.release()
        _guard(folder).unlink(missing_ok=True)


def _guard(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _remove(guard: Path) -> None:
    """The folder that `guard` was for, unless someone works in it."""
    try:
        lock = Lock.acquire(guard)
    except LockHeld:
        return
    rmtree(guard.with_suffix(""), ignore_errors=True)
    lock.release()
    guard.unlink(missing_ok=True)


def fill(
    index: Index, layout: Layout, catalog: Catalog, fingerprint: str, written: Written
) -> None:
    """Write all vectors that the library has of an encoder. Raises CorruptPart."""
    for part in catalog.parts(fingerprint):
        points = points_of(layout, catalog, part)
        index.upsert(points)
        written(len(points.ids))


def build_embedded_aside(
    library: Library, folder: Path, spec: IndexSpec, written: Written = lambda _points: None
) -> None:
    """An embedded index of all of the library's vectors in `folder`, closed.

    Raises what building it raised, IndexFault when its process died.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    asked = (library.layout.root, library.catalog_url, spec, folder, theirs)
    process = context.Process(target=_build, args=asked, daemon=True)
    process.start()
    theirs.close()
    try:
        while (message := _received(ours)) is not None:
            if isinstance(message, Exception):
                raise message
            written(message)
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()


def _received(connection: Connection) -> int | Exception | None:
    """How many more points have been written, an error, or None when the index is whole."""
    try:
        message: int | Exception | None = connection.recv()
    except EOFError:
        return IndexFault(
            "the process that builds an index to measure has died",
            hint="mind that it has memory and disk space enough; nothing is left of it",
        )
    return message


def _build(root: Path, catalog_url: str, spec: IndexSpec, folder: Path, out: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's to answer
    try:
        _write(Layout(root), catalog_url, spec, folder, out.send)
    except RadalikeError as exc:
        out.send(exc)
    except Exception as exc:  # noqa: BLE001 - engine errors and their paths stay in this process
        error = f"an index could not be built to be measured ({type(exc).__name__})"
        out.send(IndexFault(error, hint="mind that there is disk space enough for a copy of it"))
    else:
        out.send(None)


def _write(
    layout: Layout, catalog_url: str, spec: IndexSpec, folder: Path, written: Written
) -> None:
    from radalike.index.edge import EdgeIndex

    catalog = open_catalog(layout, catalog_url)
    index = EdgeIndex.create(folder, spec)
    fill(index, layout, catalog, spec.fingerprint, written)
    index.flush()
    index.optimize()
    index.flush()
    index.close()
    catalog.close()

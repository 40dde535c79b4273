"""The index that a setting means: the library's own, or one that is built aside and removed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from eval.ann.building import Written, build_embedded_aside, fill, temporary_folder
from eval.ann.settings import Setting
from radalike.errors import IndexBusy, IndexFault, IndexUnavailable
from radalike.index.backend import Index, IndexSpec, Storage
from radalike.index.generations import current
from radalike.library import Library
from radalike.library.indexing.opening import open_built, server_client, server_target
from radalike.library.indexing.projection import points_of

if TYPE_CHECKING:
    from radalike.index.server import ServerIndex

INDEXING_SECONDS = 3600.0
"""Longest wait for a server to index what it was given."""


def resolved(setting: Setting, backend: str) -> Setting:
    """`setting` in a library whose searches run on `backend`, with all that it leaves open: the
    backend, the storage where its index has to be built aside, rescoring what is oversampled."""
    chosen = setting.backend or backend
    if chosen == "exact":  # it reads the parts, and has nothing to set
        return Setting("exact")
    storage, tuning = setting.storage, setting.tuning
    if chosen != backend and storage is None:
        storage = Storage.FLOAT16
    if tuning.oversampling is not None and tuning.rescore is None:
        tuning = replace(tuning, rescore=True)
    return Setting(chosen, storage, tuning)


def check_built(library: Library) -> None:
    """Raises IndexUnavailable when the library's built index lacks any of its vectors."""
    state = library.index_state()
    if not state.indexed or state.pending:
        raise IndexUnavailable(
            f"the built index lacks {state.pending:,} images"
            if state.indexed
            else "there is no built index",
            hint="`radalike index build` brings it up to date",
        )


def built_version(library: Library) -> str:
    """Names the library's built index: another one has another name. "" when there is none."""
    if library.settings.backend == "server":
        target = server_target(library)
        return repr((target, sorted(library.catalog.projected(target))))
    generation = current(library.layout.index(library.fingerprint))
    return generation.name if generation else ""


@contextmanager
def opened(
    library: Library, setting: Setting, written: Written = lambda _points: None
) -> Iterator[Index]:
    """The index that a `resolved` setting searches, whole; `written` hears of each that is built.

    Raises IndexUnavailable when the built index lacks images, IndexBusy, IndexFault, CorruptPart,
    StorageFull, InvalidSetting when there is no address of a server.
    """
    spec = IndexSpec(
        library.spec.dimension, library.fingerprint, setting.storage or Storage.FLOAT16
    )
    if setting.backend == "exact":
        with _exact(library, spec, written) as index:
            yield index
    elif setting.storage is None:
        with _built(library) as index:
            yield index
    elif setting.backend == "server":
        with _server_aside(library, spec, written) as index:
            yield index
    else:
        with _embedded_aside(library, spec, written) as index:
            yield index


@contextmanager
def _exact(library: Library, spec: IndexSpec, written: Written) -> Iterator[Index]:
    from radalike.index.exact import ExactIndex

    parts = []
    for part in library.catalog.parts(spec.fingerprint):
        parts.append(points_of(library.layout, library.catalog, part))
        written(part.rows)
    index = ExactIndex.of(spec, parts)
    yield index
    index.close()


@contextmanager
def _built(library: Library) -> Iterator[Index]:
    check_built(library)
    try:
        built = open_built(library, "")
    except IndexBusy as exc:
        raise IndexBusy(
            str(exc),
            hint="end what has it open, or measure one that is built aside: `--setting float16`",
        ) from exc
    if built is None:
        raise IndexUnavailable(
            "the built index was replaced while it was opened", hint="the same again finds it"
        )
    try:
        yield built.index
    finally:
        built.index.close()


@contextmanager
def _embedded_aside(library: Library, spec: IndexSpec, written: Written) -> Iterator[Index]:
    from radalike.index.edge import EdgeIndex

    with temporary_folder(library.layout.evaluation) as folder:
        build_embedded_aside(library, folder / "index", spec, written)
        index = EdgeIndex.open(folder / "index", spec)
        try:
            yield index
        finally:
            index.close()


@contextmanager
def _server_aside(library: Library, spec: IndexSpec, written: Written) -> Iterator[Index]:
    """A collection of its own name; what a process that was killed has left of it is replaced."""
    from radalike.index.server import ServerIndex

    client = server_client(library)
    aside = replace(spec, fingerprint=f"{spec.fingerprint}-measured")
    try:
        index = ServerIndex.stage(client, aside)
        try:
            fill(index, library.layout, library.catalog, spec.fingerprint, written)
            _await_indexing(index)
            yield index
        finally:
            index.drop()
    finally:
        client.close()


def _await_indexing(index: ServerIndex) -> None:
    until = time.monotonic() + INDEXING_SECONDS
    while index.busy():
        if time.monotonic() > until:
            raise IndexFault(
                "the server does not finish indexing what is to be measured",
                hint="see its log and its load, and try again",
            )
        time.sleep(0.5)

"""Which engine a library's settings mean, and how it is opened and built."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from radalike.errors import InvalidSetting
from radalike.index import generations
from radalike.index.backend import IndexSpec
from radalike.library.indexing.projection import BuildReport, Progress, points_of, update_server
from radalike.library.search.searcher import Built, Searcher

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

    from radalike.library.open_library import OpenLibrary


def open_searcher(library: OpenLibrary) -> Searcher:
    """A searcher on the backend of the settings: edge, server or exact."""
    return _searcher(library, lambda version: open_built(library, version))


def open_exact_searcher(library: OpenLibrary) -> Searcher:
    """A searcher that reads every vector, whatever has been built."""
    return _searcher(library, lambda _version: None)


def open_built(library: OpenLibrary, version: str) -> Built | None:
    """The newest built index, None when `version` is the newest or there is none.

    Raises IndexBusy, IndexUnavailable, InvalidSetting.
    """
    openers = {"edge": _open_edge, "server": _open_server}
    opener = openers.get(library.settings.backend)
    return opener(library, version) if opener else None


def _searcher(library: OpenLibrary, opened: Callable[[str], Built | None]) -> Searcher:
    return Searcher(
        library.catalog,
        _spec(library),
        open_built=opened,
        load=lambda part: points_of(library.layout, library.catalog, part),
    )


def _spec(library: OpenLibrary) -> IndexSpec:
    return IndexSpec(library.spec.dimension, library.fingerprint)


def _open_edge(library: OpenLibrary, version: str) -> Built | None:
    from radalike.index.edge import EdgeIndex

    generation = generations.current(library.layout.index(library.fingerprint))
    if generation is None or generation.name == version:
        return None
    parts = generations.parts_in(generation)
    if not parts <= {part.name for part in library.catalog.parts(library.fingerprint)}:
        return None  # something in it has been erased; the next is on its way
    return Built(EdgeIndex.open(generation, _spec(library)), parts, generation.name)


def _open_server(library: OpenLibrary, version: str) -> Built | None:
    from radalike.index.server import ServerIndex

    held = frozenset(library.catalog.projected(server_target(library)))
    if not held or str(len(held)) == version:
        return None
    index = ServerIndex(server_client(library), _spec(library))
    return Built(index, held, str(len(held)))


def server_target(library: OpenLibrary, fingerprint: str = "") -> str:
    """The name under which the catalog keeps what a server holds, of an encoder (the library's)."""
    return f"server:{library.settings.qdrant_url}:{fingerprint or library.fingerprint}"


def server_client(library: OpenLibrary) -> QdrantClient:
    from radalike.index.server import connect

    url = library.settings.qdrant_url
    if not url:
        raise InvalidSetting(
            "backend=server needs the address of the server",
            hint="set RADALIKE_QDRANT_URL, or qdrant_url in radalike.toml",
        )
    return connect(url, library.settings.qdrant_api_key.get_secret_value())


def build_index(
    library: OpenLibrary, *, full: bool = False, progress: Progress | None = None
) -> BuildReport:
    backend = library.settings.backend
    if backend == "exact":
        rows = sum(part.rows for part in library.catalog.parts(library.fingerprint))
        return BuildReport("exact", rows, 0, len(library.catalog.parts(library.fingerprint)))
    if not library.catalog.parts(library.fingerprint):
        return BuildReport(backend, 0, 0, 0)
    if backend == "edge":
        from radalike.library.indexing.build_process import BuildProcess

        process = BuildProcess()
        process.build(library.layout.root, library.fingerprint, library.catalog_url, full=full)
        return process.wait(progress)
    client = server_client(library)
    try:
        return update_server(
            library.layout,
            library.catalog,
            client,
            server_target(library),
            _spec(library),
            full=full,
            progress=progress or (lambda _done, _total: None),
        )
    finally:
        client.close()

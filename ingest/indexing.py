"""Keeping the index up with a long ingest, in the background, without holding it up."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.errors import IndexFault, StorageFull
from radalike.library.build_process import BuildProcess

if TYPE_CHECKING:
    from radalike.library import Library

_log = logging.getLogger(__name__)

_LEAST_PENDING = 32_768  # rows; fewer are searched exactly in ten to twenty milliseconds
_PENDING_SHARE = 0.25  # of what is built: the work of rebuilding stays proportional to the ingest


class IndexKeeper:
    """Starts a build of the embedded index when enough is pending; the last one at the end."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._build: BuildProcess | None = None
        self._ready: BuildProcess | None = None
        self._seen_parts = 0

    def consider(self, parts_committed: int) -> None:
        """Cheap; called after every batch. Looks closer only when a part has been committed."""
        if parts_committed == self._seen_parts or self._library.settings.backend != "edge":
            return
        self._seen_parts = parts_committed
        if self._build is not None and self._build.running():
            return
        status = self._library.index_state()
        if status.pending >= max(_LEAST_PENDING, _PENDING_SHARE * status.indexed):
            self._reap()
            self._begin()

    def prepare(self) -> None:
        """Called when the end is near, so that the last build need not wait for its process."""
        if self._library.settings.backend == "edge" and self._build is None:
            self._ready = BuildProcess()
            self._ready.prepare(*self._target())

    def begin(self) -> None:
        """Begin the last build, when it was prepared."""
        if self._ready is not None and self._library.index_state().pending:
            self._begin()

    def finish(self, *, quick: bool) -> tuple[int, str | None]:
        """Wait for a running build and build what is pending; with `quick`, leave that for later.

        The number of images in the built index, and why it does not hold all when it could not be
        built: nothing is lost by that, since searches read the rest exactly.
        """
        problem = None
        if quick:
            self.stop()
        else:
            self._reap()
            try:
                if self._library.index_state().pending:
                    self._build_now()
            except (IndexFault, StorageFull) as exc:
                problem = str(exc)
            self.stop()
        return self._library.index_state().indexed, problem

    def stop(self) -> None:
        for process in (self._build, self._ready):
            if process is not None:
                process.stop()
        self._build = self._ready = None

    def _build_now(self) -> None:
        if self._library.settings.backend == "edge":
            self._begin().wait()
            self._build = None
        else:
            self._library.build_index()

    def _begin(self) -> BuildProcess:
        if self._ready is not None:
            self._build, self._ready = self._ready, None
            self._build.finish()
        else:
            self._build = BuildProcess()
            self._build.build(*self._target())
        return self._build

    def _target(self) -> tuple[Path, str, str]:
        library = self._library
        return library.layout.root, library.fingerprint, library.catalog_url

    def _reap(self) -> None:
        if self._build is not None:
            try:
                self._build.wait()
            except (IndexFault, StorageFull) as exc:  # the next build, or the last, makes good
                _log.warning("a build of the index in the background failed: %s", exc)
            self._build = None

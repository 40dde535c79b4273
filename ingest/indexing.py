"""Keeping the index up with an ingest, in the background, without holding it up.

A process fills the next index with each part that is committed. It is finished, and searched from
then on, when enough is in it, and when the ingest ends.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from radalike.errors import IndexFault, StorageError
from radalike.library.indexing.build_process import BuildProcess

if TYPE_CHECKING:
    from radalike.library import Library

_log = logging.getLogger(__name__)

_LEAST_PENDING = 32_768  # rows; fewer are searched exactly in ten to twenty milliseconds
_PENDING_SHARE = 0.25  # of what is built: the work of rebuilding stays proportional to the ingest


class IndexKeeper:
    """Fills and finishes embedded indexes beside an ingest; the last one at its end."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._filling: BuildProcess | None = None
        self._finishing: BuildProcess | None = None
        self._seen_parts = 0

    def consider(self, parts_committed: int) -> None:
        """Cheap; called after every batch. Looks closer only when a part has been committed."""
        if parts_committed == self._seen_parts or self._library.settings.backend != "edge":
            return
        self._seen_parts = parts_committed
        if self._finishing is not None and self._finishing.running():
            return
        self._reap()
        self._fill().take_in()
        status = self._library.index_state()
        if status.pending >= max(_LEAST_PENDING, _PENDING_SHARE * status.indexed):
            self._finish_filled(quietly=True)

    def prepare(self) -> None:
        """Called with the first images, so that no build need wait for its process."""
        if self._library.settings.backend == "edge" and self._finishing is None:
            self._fill()

    def begin_last(self) -> None:
        """Called when all is committed: what has been filled is finished."""
        if self._filling is not None and self._library.index_state().pending:
            self._finish_filled(quietly=False)

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
            except (IndexFault, StorageError) as exc:
                problem = str(exc)
            self.stop()
        return self._library.index_state().indexed, problem

    def stop(self) -> None:
        for process in (self._finishing, self._filling):
            if process is not None:
                process.stop()
        self._finishing = self._filling = None

    def _build_now(self) -> None:
        if self._filling is not None:
            self._finish_filled(quietly=False)
            self._reap()
        if self._library.index_state().pending:  # nothing was filled, or filling it failed
            self._library.build_index()

    def _fill(self) -> BuildProcess:
        if self._filling is None:
            library = self._library
            self._filling = BuildProcess()
            self._filling.prepare(library.layout.root, library.fingerprint, library.catalog_url)
        return self._filling

    def _finish_filled(self, *, quietly: bool) -> None:
        assert self._filling is not None
        self._finishing, self._filling = self._filling, None
        self._finishing.finish(quietly=quietly)

    def _reap(self) -> None:
        if self._finishing is not None:
            try:
                self._finishing.wait()
            except (IndexFault, StorageError) as exc:  # the next build, or the last, makes good
                _log.warning("a build of the index in the background failed: %s", exc)
            self._finishing = None

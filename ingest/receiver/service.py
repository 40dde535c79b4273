"""The ingestion service: receives on threads of its own, ingests on the caller's, tells its health.

Receiving goes on whatever happens to the ingest: a full disk or a library that another process
writes to makes the service degraded, and it tries again by and by.
"""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from ingest.pipeline import ingest
from ingest.receiver.health import WRITE_SECONDS, write_health
from ingest.receiver.logs import log_event
from ingest.receiver.receiver import Receiver, ReceiverSettings
from ingest.receiver.settling import settled_in
from ingest.receiver.spool import Spool
from ingest.report import IngestReport
from ingest.runs import store_ingest
from ingest.sources.spool import SpoolSource
from radalike.errors import RadalikeError, StorageFull
from radalike.library.ingesting.receiver_state import Health, State

if TYPE_CHECKING:
    from radalike.library import Library

_POLL_SECONDS = 0.5
_FIRST_RETRY_SECONDS = 2.0
_LAST_RETRY_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """health: a file to write the state to, besides the library's own. titles: gives the AE titles
    that may call, anew, for a reload. patience: seconds that open associations have to end when
    the service stops."""

    receiver: ReceiverSettings
    dataset: str = "local"
    health: Path | None = None
    ingests: bool = True
    titles: Callable[[], tuple[str, ...]] | None = None
    patience: float = 20.0


class Service:
    """`run` serves until `stop` is set; setting `reload` has the AE titles read anew."""

    def __init__(self, library: Library, settings: ServiceSettings) -> None:
        self.stop = Event()
        self.reload = Event()
        self._library = library
        self._settings = settings
        self._spool = Spool(library.layout, library.privacy)
        self._receiver = Receiver(self._spool, settings.receiver)
        self._outcomes: Counter[str] = Counter()
        self._source: SpoolSource | None = None
        self._state = State.STARTING
        self._last_error: str | None = None
        self._started = time.time()

    @property
    def port(self) -> int:
        return self._receiver.port

    def run(self) -> Health:
        """The last health. Raises UsageError when the address cannot be listened on, LibraryBusy
        when another receiver has the spool, StorageFull when there is no room to begin."""
        with self._spool.exclusively(), self._receiver:
            log_event("listening", port=self.port, waiting=self._spool.waiting())
            self._state = State.RUNNING
            tending = Thread(target=self._tend, name="tending", daemon=True)
            tending.start()
            try:
                if self._settings.ingests:
                    self._ingest_until_stopped()
                self.stop.wait()
            finally:
                self.stop.set()  # after a failure, too: nothing more is received
                tending.join()
        self._state = State.STOPPED
        health = self._write_health()
        log_event("stopped", received=health.received, waiting=health.waiting)
        return health

    # -- the caller's thread -------------------------------------------------------------------

    def _ingest_until_stopped(self) -> None:
        retry = _FIRST_RETRY_SECONDS
        while not self.stop.is_set():
            if next(self._spool.names(), None) is None:
                self.stop.wait(_POLL_SECONDS)
                continue
            try:
                self._ingest()
            except RadalikeError as exc:
                self._degraded(exc, retry)
                self.stop.wait(retry)
                retry = min(retry * 2, _LAST_RETRY_SECONDS)
            else:
                retry = _FIRST_RETRY_SECONDS

    def _ingest(self) -> None:
        """Until the spool has been quiet for as long as a part stays open: then the library is
        free for other writers, the index is built, and no memory is held."""
        source = self._source = SpoolSource(
            self._spool,
            self._settings.dataset,
            settled_in(self._library),
            self.stop,
            quiet_seconds=self._library.settings.part_seconds,
        )
        try:
            report = ingest(
                self._library,
                [source],
                stop=self.stop,
                progress=lambda _progress: self._recover(),
                on_batch=partial(self._store, source),
            )
        finally:
            self._outcomes += source.outcomes
            self._source = None
        self._recover()
        log_event(
            "ingested",
            files=report.discovered,
            images=report.images,
            skipped=report.skipped,
            rejected=report.rejected,
            seconds=report.seconds,
        )

    def _store(self, source: SpoolSource, batch: IngestReport) -> None:
        store_ingest(self._library, batch, [source.name], dataset=self._settings.dataset)

    def _degraded(self, error: RadalikeError, retry: float) -> None:
        self._state, self._last_error = State.DEGRADED, type(error).__name__
        log_event(
            "the ingest failed",
            level=logging.ERROR,
            error=self._last_error,
            reason=str(error),
            retry_seconds=retry,
        )

    def _recover(self) -> None:
        if self._state is State.DEGRADED:
            self._state, self._last_error = State.RUNNING, None
            log_event("the ingest goes on")

    # -- the tending thread --------------------------------------------------------------------

    def _tend(self) -> None:
        """Health, reloads, and the end of receiving as soon as the service is to stop."""
        written = float("-inf")
        while not self.stop.is_set():
            if time.monotonic() - written >= WRITE_SECONDS:
                self._write_health()
                written = time.monotonic()
            if self.reload.is_set():
                self.reload.clear()
                self._reload()
            self.stop.wait(_POLL_SECONDS)
        self._state = State.STOPPING
        self._write_health()
        log_event("stopping")
        self._receiver.close(self._settings.patience)

    def _reload(self) -> None:
        try:
            titles = self._settings.titles() if self._settings.titles else ()
        except RadalikeError as exc:
            log_event("the old AE titles stay", level=logging.ERROR, reason=str(exc))
            return
        if titles:
            self._receiver.allow(titles)
        log_event("AE titles were read anew", titles=len(titles))

    def _write_health(self) -> Health:
        health = self._health()
        for path in (self._library.layout.receiver_state, self._settings.health):
            try:
                if path is not None:
                    write_health(path, health)
            except OSError as exc:  # an old file tells, too: it is stale
                kind = type(exc).__name__
                log_event("the health file cannot be written", level=logging.ERROR, kind=kind)
        return health

    def _health(self) -> Health:
        counts, source = self._receiver.counts, self._source
        state, error = self._state, self._last_error
        if state is State.RUNNING and not self._spool.has_room():
            state, error = State.DEGRADED, StorageFull.__name__
        outcomes = self._outcomes + (source.outcomes if source is not None else Counter())
        return Health(
            state=state,
            pid=os.getpid(),
            started=round(self._started, 3),
            updated=round(time.time(), 3),
            received=counts["received"],
            refused=counts["refused"],
            waiting=self._spool.waiting(),
            ingested=outcomes["added"] + outcomes["known"],
            skipped=outcomes["skipped"],
            rejected=outcomes["rejected"],
            last_error=error,
        )

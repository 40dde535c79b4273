"""The jobs of one server: queued, run two at a time, and ended with it."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock, Thread, Timer
from typing import Self

from radalike.cli.progress_lines import VARIABLE
from radalike.errors import UsageError
from radalike.settings import Settings
from search_ui.jobs.child import GRACE_SECONDS
from search_ui.jobs.folders import named_roots
from search_ui.jobs.job import Job, JobKind, JobProgress, JobState
from search_ui.jobs.process import COMMAND, Ended, JobProcess
from search_ui.jobs.requests import (
    OptionValue,
    Request,
    evaluation_request,
    index_build_request,
    ingest_request,
)

_AT_ONCE = 2
_MOST_QUEUED = 20
_FINISHED_KEPT = 50
_KILLED_SECONDS = 5.0  # until a process that is killed is gone


@dataclass(slots=True, eq=False)
class _Entry:
    """A job's changing state, behind the lock of `Jobs`."""

    id: str
    request: Request
    who: str
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    process: JobProcess | None = None
    thread: Thread | None = None
    began: float = 0.0
    took: float = 0.0
    progress: JobProgress | None = None
    cancelling: bool = False
    ended: Ended | None = None

    @property
    def state(self) -> JobState:
        if self.ended is not None:
            return self.ended.state
        return JobState.QUEUED if self.process is None else JobState.RUNNING

    def view(self) -> Job:
        running = self.state is JobState.RUNNING
        said = self.ended or Ended(self.state)
        return Job(
            id=self.id,
            kind=self.request.kind,
            about=self.request.about,
            who=self.who,
            started_at=self.asked_at,
            state=self.state,
            cancelling=self.cancelling and running,
            progress=self.progress,
            seconds=round(time.monotonic() - self.began if running else self.took, 1),
            result=said.result,
            message=said.message,
            hint=said.hint,
        )


class Jobs:
    """Safe from several threads. One ingest at a time, since a library has one writer, and two jobs
    in all; others queue. A job belongs to the server, not to the visitor who started it; the last
    50 that have finished are kept."""

    def __init__(self, settings: Settings, *, command: Sequence[str] = COMMAND) -> None:
        self.roots: Mapping[str, Path] = named_roots(settings.roots())
        self._library = settings.library.absolute()
        self._command = tuple(command)
        self._entries: dict[str, _Entry] = {}  # in the order they were started
        self._lock = RLock()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- starting ------------------------------------------------------------------------------

    def start_ingest(self, root: str, relative: str, who: str, *, dataset: str = "") -> Job:
        """Ingest the folder `relative` below the root of that name (a key of `roots`).

        Raises UsageError, UnknownName for one that may not be ingested.
        """
        return self.start(ingest_request(self.roots, root, relative, dataset), who)

    def start_evaluation(
        self,
        kind: str,
        who: str,
        *,
        encoder: str = "",
        options: Mapping[str, OptionValue] | None = None,
    ) -> Job:
        """kind: retrieval, knn, space, saturation, failures. Raises UnknownName, UsageError."""
        return self.start(evaluation_request(kind, encoder, options), who)

    def start_index_build(self, who: str, *, full: bool = False, encoder: str = "") -> Job:
        return self.start(index_build_request(full=full, encoder=encoder), who)

    def start(self, request: Request, who: str) -> Job:
        """Raises UsageError when too many are queued, or the server is stopping."""
        with self._lock:
            if self._closed:
                raise UsageError("the server is stopping", hint="try again when it is back")
            if len(self._in(JobState.QUEUED)) >= _MOST_QUEUED:
                raise UsageError(
                    f"{_MOST_QUEUED} jobs are queued already", hint="wait for one, or cancel one"
                )
            entry = _Entry(secrets.token_hex(8), request, who)
            self._entries[entry.id] = entry
            self._advance()
            return entry.view()

    # -- looking, and ending -------------------------------------------------------------------

    def list(self) -> tuple[Job, ...]:
        """The newest first."""
        with self._lock:
            return tuple(entry.view() for entry in reversed(self._entries.values()))

    def get(self, job: str) -> Job:
        """Raises UsageError for an id that is not known, or no more."""
        with self._lock:
            return self._entry(job).view()

    def cancel(self, job: str) -> Job:
        """End it in order, or, when that takes over ten seconds, at once. One that has finished
        stays as it is. Raises UsageError as `get` does."""
        with self._lock:
            entry = self._entry(job)
            self._cancel(entry)
            self._advance()
            return entry.view()

    def close(self) -> None:
        """End all jobs, and wait until they have; none can be started afterwards."""
        with self._lock:
            self._closed = True
            for entry in self._entries.values():
                self._cancel(entry)
            threads = [entry.thread for entry in self._entries.values() if entry.thread]
        for thread in threads:
            thread.join(GRACE_SECONDS + _KILLED_SECONDS)

    def _entry(self, job: str) -> _Entry:
        if job not in self._entries:
            raise UsageError(
                "there is no such job", hint=f"the last {_FINISHED_KEPT} that finished are kept"
            )
        return self._entries[job]

    def _cancel(self, entry: _Entry) -> None:
        if entry.ended is not None or entry.cancelling:
            return
        entry.cancelling = True
        if entry.process is None:
            entry.ended = Ended(JobState.CANCELLED)
            return
        entry.process.interrupt()
        killing = Timer(GRACE_SECONDS, entry.process.kill)
        killing.daemon = True
        killing.start()

    # -- running; all of it under the lock, but for `_follow` ------------------------------------

    def _advance(self) -> None:
        """Start what may run now, and forget what finished long ago."""
        for entry in () if self._closed else self._in(JobState.QUEUED):
            running = self._in(JobState.RUNNING)
            kinds = [other.request.kind for other in running]
            if len(running) < _AT_ONCE and not (
                entry.request.kind is JobKind.INGEST and JobKind.INGEST in kinds
            ):
                self._launch(entry)
        finished = [entry for entry in self._entries.values() if entry.ended is not None]
        for entry in finished[:-_FINISHED_KEPT]:
            del self._entries[entry.id]

    def _launch(self, entry: _Entry) -> None:
        own = {"RADALIKE_LIBRARY": str(self._library), VARIABLE: "json"}
        try:
            entry.process = JobProcess(
                (*self._command, *entry.request.arguments), {**os.environ, **own}
            )
        except OSError as exc:
            hint = "the server may be short of memory or of processes; try again later"
            message = f"no process could be started ({exc.strerror})"
            entry.ended = Ended(JobState.FAILED, None, message, hint)
            return
        entry.began = time.monotonic()
        entry.thread = Thread(target=self._follow, args=(entry, entry.process), daemon=True)
        entry.thread.start()

    def _follow(self, entry: _Entry, process: JobProcess) -> None:
        def told(progress: JobProgress) -> None:
            with self._lock:
                entry.progress = progress

        ended = process.follow(told, entry.request.private)
        with self._lock:
            entry.took = time.monotonic() - entry.began
            cut_short = entry.cancelling and ended.state is JobState.FAILED
            entry.ended = Ended(JobState.CANCELLED) if cut_short else ended
            self._advance()

    def _in(self, state: JobState) -> tuple[_Entry, ...]:
        return tuple(entry for entry in self._entries.values() if entry.state is state)

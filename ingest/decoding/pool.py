"""A pool of decoding processes. A file that kills, stalls or bloats one is a reject, never the
end of an ingest.

Each process has a thread of the ingest that feeds it a few requests ahead and reads its answers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

from ingest.decoding.messages import Outcome, Rejected, receive_outcome, send_request
from ingest.decoding.pending import Pending, prepared
from ingest.sources.source import SourceItem
from radalike.errors import DecoderUnavailable, RejectCode
from radalike.imaging.formats import RASTER_SUFFIXES
from radalike.imaging.preprocessing import Preprocessing
from radalike.sandbox.fork_server import ForkServer
from radalike.sandbox.process import ChildProcess

_WORKER = "ingest.decoding.worker"
_DICOM = ("radalike.imaging.dicom.image", "radalike.imaging.dicom.metadata")
_AHEAD = 4  # requests a process holds, so that it never waits for its thread
_WAITING = 48  # items that wait for a process: the end of the listing is known before theirs
_RECYCLED_AFTER = 2000  # files; what leaks in a decoder library does not add up
_RESULTS = 128  # decoded files that wait for the encoder
_POLL_SECONDS = 0.2
_ATTEMPTS = 2  # a process can die for another reason: a file is blamed when one dies of it alone


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """Of images that are known, only pixels are wanted (see `decode.Rereading`)."""

    renderings: tuple[str, ...] = ()
    tiles: str = ""


@dataclass(frozen=True, slots=True)
class DecodeSettings:
    """Of one decoding process: memory in MiB, seconds a file, frames of a multi-frame image, how
    DICOM is rendered, whose thumbnails are not made, whether identifiers are sent along, and
    whether it reads what is known again."""

    memory_mib: int
    seconds: float
    frames: int
    rendering: str = "stored-window"
    withheld: tuple[str, ...] = ()
    keep_identity: bool = False
    again: ReadAgain | None = None


class _Child(ChildProcess):
    """One decoding process, and how far it has come."""

    def __init__(
        self,
        server: ForkServer,
        preprocessing: Preprocessing,
        settings: DecodeSettings,
        loads: Sequence[str],
    ) -> None:
        self.sent = 0
        self.served = 0
        self.broken = False
        setup = {
            "preprocessing": asdict(preprocessing),
            "memory_mib": settings.memory_mib,
            "frames": settings.frames,
            "rendering": settings.rendering,
            "withheld": settings.withheld,
            "keep_identity": settings.keep_identity,
            "again": asdict(settings.again) if settings.again else None,
        }
        super().__init__(server, setup, loads)


class _Lane:
    """One thread's work: it feeds one child at a time, and replaces it when it breaks or is old."""

    def __init__(
        self, server: ForkServer, preprocessing: Preprocessing, settings: DecodeSettings
    ) -> None:
        self._server = server
        self._preprocessing = preprocessing
        self._settings = settings
        self._child: _Child | None = None
        self.pending: deque[Pending] = deque()

    def answer(self) -> Outcome:
        """The outcome of the first pending item; what is behind it is sent ahead.

        Raises DecoderUnavailable when no decoding process can be started at all.
        """
        for attempt in range(_ATTEMPTS):
            child = self._running()
            self._send_ahead(child, alone=attempt > 0)
            outcome = self._receive(child) if child.sent else None
            if outcome is not None:
                return outcome
            self.close()
        return Rejected(RejectCode.WORKER_CRASH, "its decoder crashed and was started anew")

    def _send_ahead(self, child: _Child, *, alone: bool) -> None:
        most = 1 if alone else len(self.pending)
        while child.sent < most and not child.broken:
            request = self.pending[child.sent].request
            # Bytes are sent to a child that waits for them only: else both could wait for the
            # other to read first.
            if child.sent and isinstance(request.content, bytes):
                return
            try:
                send_request(child.connection, request)
            except OSError:  # what it has answered already can still be read
                child.broken = True
                return
            child.sent += 1

    def _receive(self, child: _Child) -> Outcome | None:
        """The next answer, None when the child has died."""
        try:
            if not child.has_answered(self._settings.seconds):
                self.close()
                return Rejected(RejectCode.RESOURCE_LIMIT, "decoding took too long")
            outcome = receive_outcome(child.connection)
        except (EOFError, OSError, ValueError, KeyError, TypeError):
            return None
        child.sent -= 1
        child.served += 1
        return outcome

    def _running(self) -> _Child:
        if self._child is not None and self._child.served >= _RECYCLED_AFTER:
            self.close()
        if self._child is None:
            try:
                self._child = _Child(
                    self._server, self._preprocessing, self._settings, _needed(self.pending[0].item)
                )
            except (EOFError, OSError) as exc:
                raise DecoderUnavailable(
                    "no decoding process can be started",
                    hint="decode_memory_mib may be too small, or the installation is broken",
                ) from exc
        return self._child

    def close(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None


class DecodePool:
    """`submit` items; `take` (item, outcome) pairs, in any order. Both wait when the other side is
    slow, so memory is bounded by the queues. Open as a context manager."""

    def __init__(
        self, processes: int, preprocessing: Preprocessing, settings: DecodeSettings
    ) -> None:
        self._tasks: Queue[SourceItem] = Queue(maxsize=max(_WAITING, processes * _AHEAD))
        self._results: Queue[tuple[SourceItem, Outcome]] = Queue(maxsize=_RESULTS)
        self._stop = Event()
        self._failure: Exception | None = None
        self._server = ForkServer(_WORKER)
        lanes = [_Lane(self._server, preprocessing, settings) for _ in range(processes)]
        self._threads = [Thread(target=self._run, args=(lane,), daemon=True) for lane in lanes]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()
        while any(thread.is_alive() for thread in self._threads):
            _drain(self._results)
            for thread in self._threads:
                thread.join(timeout=0.05)
        self._server.close()

    def submit(self, item: SourceItem) -> None:
        """Queue `item`, when there is room."""
        while not self._stop.is_set():
            try:
                self._tasks.put(item, timeout=_POLL_SECONDS)
            except Full:
                continue
            return

    def take(self) -> tuple[SourceItem, Outcome] | None:
        """The next result, None when there is none just now. Raises DecoderUnavailable."""
        if self._failure is not None:
            raise self._failure
        try:
            return self._results.get(timeout=_POLL_SECONDS)
        except Empty:
            return None

    def end(self) -> None:
        """Nothing more is submitted or taken: let the processes go, without waiting for that."""
        self._stop.set()

    def cancel(self) -> int:
        """Drop what no process has been given; the number of items dropped."""
        return _drain(self._tasks)

    def _run(self, lane: _Lane) -> None:
        try:
            while not self._stop.is_set():
                self._fill(lane.pending)
                if lane.pending:
                    outcome = lane.answer()
                    done = lane.pending.popleft()
                    done.release()
                    self._results.put((done.item, outcome))
        except Exception as exc:  # noqa: BLE001 - raised again by `take`, in the caller's thread
            self._failure = exc
        finally:
            lane.close()
            for left in lane.pending:
                left.release()

    def _fill(self, pending: deque[Pending]) -> None:
        """Take tasks until `pending` holds _AHEAD; wait only when it holds none.

        What is somewhere else is fetched here, while the process decodes what it has been sent.
        """
        while len(pending) < _AHEAD and not self._stop.is_set():
            try:
                item = self._tasks.get(block=not pending, timeout=_POLL_SECONDS)
            except Empty:
                return
            ready = prepared(item)
            if isinstance(ready, Rejected):
                self._results.put((item, ready))
            else:
                pending.append(ready)


def _needed(item: SourceItem) -> tuple[str, ...]:
    """What a process that begins with `item` needs: what reads DICOM takes longer to load than
    all else, and nobody needs it for a picture's file."""
    return () if Path(item.uri).suffix.lower() in RASTER_SUFFIXES else _DICOM


def _drain(queue: Queue[Any]) -> int:
    count = 0
    while True:
        try:
            queue.get_nowait()
        except Empty:
            return count
        count += 1

"""Ingesting what lands in a folder, until it is told to stop."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from ingest.pipeline import Progress, ingest
from ingest.report import IngestReport
from ingest.runs import store_ingest
from ingest.sources.folder import FolderSource
from ingest.sources.watched import WatchedSource
from radalike.storage import export_errors, replace_text

if TYPE_CHECKING:
    from radalike.library import Library

_log = logging.getLogger(__name__)

_HEALTH_SECONDS = 2.0


def watch(
    library: Library,
    folder: Path,
    dataset: str,
    *,
    settle: float,
    stop: Event,
    health: Path | None = None,
    progress: Callable[[Progress], None] = lambda _progress: None,
) -> IngestReport:
    """Bring files of `folder` into `library` once they have not changed for `settle` seconds.

    Ends when `stop` is set, with all that was encoded committed. `health` is a JSON file that is
    written anew every two seconds. What came until the folder was quiet again is stored as one
    run. Raises what `ingest` does.
    """
    source = WatchedSource(FolderSource(folder, dataset), settle=settle, stop=stop)

    def store(batch: IngestReport) -> None:
        store_ingest(library, batch, [source.name], dataset=dataset)

    if health is None:
        return ingest(library, [source], stop=stop, progress=progress, on_batch=store)
    file = HealthFile(health)

    def tell(counts: Progress) -> None:
        progress(counts)
        file.tell(counts)

    try:
        report = ingest(library, [source], stop=stop, progress=tell, on_batch=store)
    except BaseException as exc:
        file.end("failed", type(exc).__name__)
        raise
    file.end("stopped")
    return report


class HealthFile:
    """A JSON object for monitoring: `state` (running, stopped, failed), `last_error` (its kind),
    `pid`, `started` and `updated` (seconds since 1970), and counts since the start. Nothing in it
    tells a file or a patient."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._started = time.time()
        self._counts: dict[str, int] = {}
        self._written = float("-inf")
        with export_errors(path):
            self._write("running", None)

    def tell(self, counts: Progress) -> None:
        self._counts = {
            "files_found": counts.listed,
            "files_finished": counts.finished,
            "images_encoded": counts.images,
            "images_committed": counts.committed,
        }
        if time.monotonic() - self._written >= _HEALTH_SECONDS:
            self._try_to_write("running", None)

    def end(self, state: str, error: str | None = None) -> None:
        self._try_to_write(state, error)

    def _try_to_write(self, state: str, error: str | None) -> None:
        """What cannot be told later, when a disk is full or away, ends no service."""
        self._written = time.monotonic()
        try:
            self._write(state, error)
        except OSError as exc:
            _log.warning("the health file cannot be written (%s)", type(exc).__name__)

    def _write(self, state: str, error: str | None) -> None:
        about = {"state": state, "last_error": error, "pid": os.getpid()}
        times = {"started": self._started, "updated": time.time()}
        replace_text(self._path, json.dumps(about | times | self._counts) + "\n")

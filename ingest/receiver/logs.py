"""Structured logs: one JSON object a line. They hold counts and words of ours, never an
identifier: no UID, no name, no address, no path."""

from __future__ import annotations

import json
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

_LOG = logging.getLogger("ingest.receiver")


def log_event(event: str, *, level: int = logging.INFO, **fields: str | int | float | None) -> None:
    """Note `event`; fields that are None are left out."""
    given = {name: value for name, value in fields.items() if value is not None}
    _LOG.log(level, event, extra={"fields": given})


@contextmanager
def json_logs(stream: TextIO) -> Iterator[None]:
    """All logs of this process as JSON lines on `stream`; pynetdicom's and pydicom's, and
    warnings, which hold what peers and files say, nowhere."""
    root = logging.getLogger()
    handlers, level, hook = list(root.handlers), root.level, threading.excepthook
    ours = logging.StreamHandler(stream)
    ours.setFormatter(_JsonFormatter())
    silenced = [logging.getLogger(name) for name in ("pynetdicom", "pydicom")]
    before = [(each.level, each.propagate) for each in silenced]
    root.handlers[:] = [ours]
    root.setLevel(logging.INFO)
    for each in silenced:
        each.setLevel(logging.CRITICAL + 1)
        each.propagate = False
    threading.excepthook = _thread_failed
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom's show the values that they are about
            yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for each, (own_level, propagate) in zip(silenced, before, strict=True):
            each.setLevel(own_level)
            each.propagate = propagate
        threading.excepthook = hook


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        return json.dumps(line)


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    """A traceback can hold what a peer sent: the kind of the error is all that is noted."""
    log_event("a thread failed", level=logging.ERROR, kind=failed.exc_type.__name__)

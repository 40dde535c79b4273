"""Ending long work in order, when a terminal or a service manager asks for it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import typer

_STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopped_by_interrupt() -> Iterator[Event]:
    """An event that Ctrl-C (or a service's TERM) sets; a second Ctrl-C ends at once."""
    stop = Event()

    def ask_to_stop(_signal: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        typer.echo("Finishing the part; press Ctrl-C again to stop at once.", err=True)

    before = {number: signal.signal(number, ask_to_stop) for number in _STOPPING}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""Ending long work in order, when a terminal or a service manager asks for it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event

import typer

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stopped_by_interrupt() -> Iterator[Event]:
    """An event that Ctrl-C sets, or a service's TERM, or the HUP of a terminal that is closed
    (nohup has it ignored); a second Ctrl-C ends at once."""
    stop = Event()

    def ask_to_stop(_signal: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        with suppress(OSError):  # the terminal may be gone
            typer.echo("Finishing the part; press Ctrl-C again to stop at once.", err=True)

    before = {
        number: signal.signal(number, ask_to_stop)
        for number in _STOPPING
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""Tracing one model while others compute: PyTorch's tracer takes over every call of every module of
the process (`torch.fx.Tracer.trace`), so it has to be alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Turns:
    """Any number of threads compute at once; one traces, alone."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._computing = 0
        self._tracing = False

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Waits while a model is traced."""
        with self._changed:
            self._changed.wait_for(lambda: not self._tracing)
            self._computing += 1
        try:
            yield
        finally:
            with self._changed:
                self._computing -= 1
                self._changed.notify_all()

    @contextmanager
    def tracing(self) -> Iterator[None]:
        """Waits until nothing computes, and holds up what would; not from within `computing`."""
        with self._changed:
            self._changed.wait_for(lambda: not self._tracing and not self._computing)
            self._tracing = True
        try:
            yield
        finally:
            with self._changed:
                self._tracing = False
                self._changed.notify_all()


TURNS = Turns()
"""Of all models of this process."""

"""The thread that finds what there is to do, while others decode and encode."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.decoding.pool import DecodePool

_POLL_SECONDS = 0.05


class Lister(Thread):
    """Takes one of `steps` after the other, each of which gives the decoders something, until there
    are no more, one fails, `stop` is set, or nobody wants it: then it has `ended`. at_end: called
    in this thread.
    """

    def __init__(
        self, steps: Iterable[object], stop: Event, *, at_end: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(name="lister", daemon=True)
        self.ended = False
        self.error: BaseException | None = None
        self._steps = steps
        self._interrupted = stop
        self._abandoned = Event()
        self._at_end = at_end

    def run(self) -> None:
        try:
            for _ in self._steps:
                if self.is_unwanted:
                    break
        except BaseException as exc:  # noqa: BLE001 - raised again by `finish`
            self.error = exc
        finally:
            self.ended = True
            self._at_end()

    @property
    def is_unwanted(self) -> bool:
        """What a step that takes long has to ask now and then."""
        return self._interrupted.is_set() or self._abandoned.is_set()

    def abandon(self) -> None:
        """After a failure elsewhere."""
        self._abandoned.set()

    def wait(self, pool: DecodePool) -> None:
        """Until it is over. It may wait for room in `pool`, which is made if nobody wants it."""
        while self.is_alive():
            if self.is_unwanted or self.error is not None:
                pool.cancel()
            self.join(timeout=_POLL_SECONDS)

    def raise_error(self) -> None:
        """The error of the step that failed, if one did."""
        if self.error is not None:
            raise self.error

"""The open library of a server process: opened when the server starts, before anybody comes."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from threading import Lock, Thread

from radalike.errors import RadalikeError
from radalike.settings import load_settings
from search_ui.served import Served

_log = logging.getLogger(__name__)


class Opening:
    """What is served, by folder: opened once, whoever asks first. An error is not kept, so the next
    one who asks tries again."""

    def __init__(self) -> None:
        self._served: dict[str, Served] = {}
        self._lock = Lock()

    def served(self, library: str) -> Served:
        """Raises LibraryNotFound, LibraryTooNew, LibraryError, UnknownName."""
        with self._lock:
            if library not in self._served:
                self._served[library] = Served.open(load_settings(library=library))
            return self._served[library]

    def close(self) -> None:
        """What is asked for afterwards is opened anew."""
        with self._lock:
            for served in self._served.values():
                served.close()
            self._served.clear()


@cache
def opening() -> Opening:
    """That of this process."""
    return Opening()


def open_served(library: str) -> Served:
    """The library in folder `library`, an absolute path. Raises as `Opening.served`."""
    return opening().served(library)


@asynccontextmanager
async def opened_early(library: str) -> AsyncIterator[None]:
    """While the server runs: its library is opened at once, beside the rest of the start."""
    Thread(target=_open, args=(library,), name="open-library", daemon=True).start()
    yield
    opening().close()


def _open(library: str) -> None:
    try:
        open_served(library)
    except RadalikeError as exc:  # whoever comes meets the same error, and is shown it
        _log.warning("the library cannot be opened yet: %s", exc)

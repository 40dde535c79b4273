"""What the visitors of one server share of a library's state, because finding it takes time."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from radalike.library import Library
from radalike.library.indexing.canary import Canary, canary
from radalike.library.status import Status

STATUS_SECONDS = 10.0
_COST = 10
"""A status is kept for at least so many times as long as it took to be found: on millions of
images it takes a while, and the page must not be busy with nothing else."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A status, the free bytes on its device, and when that was."""

    status: Status
    free: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Checked:
    """What the canary of an encoder's index found, and when."""

    found: Canary
    at: datetime


class Watch:
    """The last status, and the last canary of each encoder. Safe from several threads: one of
    them looks, and the others wait for what it finds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looking = Lock()
        self._checking = Lock()
        self._looked: Looked | None = None
        self._until = float("-inf")
        self._news: Hashable = None
        self._checked: dict[str, Checked] = {}

    def look(self, library: Library, news: Hashable = None) -> Looked:
        """The library's status, ten seconds old at most, or longer where it takes longer to find;
        when there is other `news` than the last time, it is looked at anew.

        Raises LibraryError, IndexUnavailable."""
        with self._looking:
            if self._looked is None or self._clock() >= self._until or news != self._news:
                began = self._clock()
                status = library.status()
                self._looked = Looked(status, _free(library.layout.root), datetime.now(UTC))
                self._news = news
                ended = self._clock()
                self._until = ended + max(STATUS_SECONDS, _COST * (ended - began))
            return self._looked

    def check(self, library: Library) -> Checked:
        """Ask the index that `library` searches; what it found is kept.

        Raises IndexUnavailable, IndexBusy, CorruptPart.
        """
        with self._checking:
            checked = Checked(canary(library), datetime.now(UTC))
            self._checked = {**self._checked, library.fingerprint: checked}
            return checked

    def uncheck(self, fingerprint: str) -> None:
        """What was found of an encoder's index holds no longer: it is built anew."""
        with self._checking:
            self._checked = {
                name: each for name, each in self._checked.items() if name != fingerprint
            }

    @property
    def checked(self) -> Mapping[str, Checked]:
        """By fingerprint of the encoder."""
        return self._checked


def _free(root: Path) -> int | None:
    """Bytes that may be written yet on the device of `root`; None where it does not say."""
    try:
        return shutil.disk_usage(root).free
    except OSError:
        return None

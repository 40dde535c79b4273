"""The bytes of uploaded queries: in memory only, bounded, for those who hold their token."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from radalike.errors import UsageError
from search_ui.words import bytes_title

_KEPT_SECONDS = 3600.0


class UploadStore:
    """At most `most` bytes of one upload, and `room` of all: the one that was not looked at for the
    longest time makes room, and one that was not for an hour goes with the next that comes, or is
    looked at: a browser that is closed says nothing. Safe from several threads."""

    def __init__(
        self, most: int, room: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.most = most
        self._room = room
        self._clock = clock
        self._held: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._lock = Lock()

    def put(self, data: bytes) -> str:
        """A token for `data`, which no one can guess. Raises UsageError when it is too large."""
        if len(data) > self.most:
            raise UsageError(
                f"the file has {bytes_title(len(data))}, and at most {bytes_title(self.most)} are "
                "taken",
                hint="a series of many frames is better ingested; `upload_mib` sets the limit",
            )
        token = secrets.token_urlsafe(16)
        with self._lock:
            self._sweep()
            self._held[token] = data, self._clock()
            while sum(len(held) for held, _ in self._held.values()) > self._room:
                self._held.popitem(last=False)
        return token

    def get(self, token: str) -> bytes:
        """Raises UsageError when it had to make room."""
        with self._lock:
            self._sweep()
            if token not in self._held:
                raise UsageError(
                    "the uploaded image is no longer kept: others needed the memory, or nobody "
                    "looked at it for an hour",
                    hint="upload it again",
                )
            data, _ = self._held.pop(token)
            self._held[token] = data, self._clock()
        return data

    def _sweep(self) -> None:
        """The first was looked at the longest time ago."""
        long_ago = self._clock() - _KEPT_SECONDS
        while self._held and next(iter(self._held.values()))[1] < long_ago:
            self._held.popitem(last=False)

    def __contains__(self, token: str) -> bool:
        with self._lock:
            return token in self._held

    def drop(self, token: str) -> None:
        """Forget an upload; one that is gone is no error."""
        with self._lock:
            self._held.pop(token, None)

"""The bytes of uploaded queries: in memory only, bounded, for those who hold their token."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from threading import Lock

from radalike.errors import UsageError
from search_ui.words import bytes_title


class UploadStore:
    """At most `most` bytes of one upload, and `room` of all: the one that was not looked at for the
    longest time makes room. Safe from several threads."""

    def __init__(self, most: int, room: int) -> None:
        self.most = most
        self._room = room
        self._held: OrderedDict[str, bytes] = OrderedDict()
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
            self._held[token] = data
            while sum(map(len, self._held.values())) > self._room:
                self._held.popitem(last=False)
        return token

    def get(self, token: str) -> bytes:
        """Raises UsageError when it had to make room."""
        with self._lock:
            data = self._held.get(token)
            if data is None:
                raise UsageError(
                    "the uploaded image is no longer kept: others needed the memory",
                    hint="upload it again",
                )
            self._held.move_to_end(token)
        return data

    def __contains__(self, token: str) -> bool:
        with self._lock:
            return token in self._held

    def drop(self, token: str) -> None:
        """Forget an upload; one that is gone is no error."""
        with self._lock:
            self._held.pop(token, None)

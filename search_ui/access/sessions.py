"""What one server remembers of those who signed in: who has signed out, who has been noted."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

_MOST = 100_000


class Sessions:
    """Sessions by an id of theirs. Safe from several threads; memory is bounded, the oldest go.

    A server that starts anew has forgotten them; the cookie of who signed out is gone from the
    browser even so.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._noted: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    def end(self, session: str) -> None:
        with self._lock:
            self._put(self._ended, session)

    def has_ended(self, session: str) -> bool:
        return session in self._ended

    def note(self, session: str) -> None:
        """Remember that this session has been met."""
        with self._lock:
            self._put(self._noted, session)

    def is_noted(self, session: str) -> bool:
        return session in self._noted

    def _put(self, kept: OrderedDict[str, None], session: str) -> None:
        kept[session] = None
        kept.move_to_end(session)
        while len(kept) > self._most:
            kept.popitem(last=False)

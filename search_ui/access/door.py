"""Who is at the door: a request's cookies, held against the library's key and people."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock

from radalike.access import Role
from radalike.library import Library
from radalike.library.layout import read_key
from radalike.settings import Settings
from search_ui.access import oidc
from search_ui.access.cookie import CookieKey
from search_ui.access.directory import Directory, Known
from search_ui.access.mode import SignIn, is_secure
from search_ui.access.sessions import Sessions

LOCAL_NAME = "local"
_EVERYTHING = Known(LOCAL_NAME, frozenset(Role), "")


@dataclass(frozen=True, slots=True)
class Door:
    """secure: browsers come through TLS. sessions: shared by all doors of one library."""

    mode: SignIn
    library: Library
    directory: Directory
    sessions: Sessions
    secure: bool
    key: CookieKey = field(repr=False)
    clock: Callable[[], float] = time.time

    @property
    def cookie(self) -> str:
        """The name of the cookie."""
        return self.key.name(secure=self.secure)

    def who(self, cookies: Mapping[str, str]) -> Known | None:
        """Who these cookies let in; None: nobody. Raises LibraryError."""
        if self.mode is SignIn.NONE:
            return _EVERYTHING
        if self.mode is SignIn.PASSWORD:
            return self._by_password(cookies.get(self.cookie, ""))
        return self.by_claims(oidc.claims_of(cookies))

    def by_claims(self, claims: oidc.Claims | None) -> Known | None:
        """Who a provider's claims let in: never somebody who has a password here, because names
        of a provider's need not mean the same person. Raises LibraryError."""
        if claims is None or not self.is_open_to(claims):
            return None
        known = self.directory.person(oidc.name_of(claims))
        return known if known is not None and not known.password else None

    def is_open_to(self, claims: oidc.Claims) -> bool:
        """Whether these claims are not too old and nobody has signed out with them."""
        return oidc.is_recent(claims, self.clock()) and not self.sessions.has_ended(
            oidc.session_of(claims)
        )

    def _by_password(self, cookie: str) -> Known | None:
        ticket = self.key.read(cookie, self.clock())
        if ticket is None or self.sessions.has_ended(ticket.session):
            return None
        known = self.directory.person(ticket.name)
        if known is None or not known.password:
            return None
        return known if ticket.password == self.key.password(known.password) else None


@lru_cache(maxsize=8)
def door_of(library: Library, mode: SignIn) -> Door:
    """The door of an open library, one and the same as long as it is open.

    Raises LibraryError when the library's key is gone.
    """
    return Door(
        mode,
        library,
        Directory(library.catalog.engine),
        _sessions_of(library.layout.root.resolve()),
        is_secure(library.settings),
        CookieKey.of(read_key(library.layout)),
    )


@lru_cache(maxsize=8)
def _sessions_of(_root: Path) -> Sessions:
    return Sessions()


class Entrance:
    """The door of the library in a folder, which is opened when somebody first comes."""

    def __init__(self, library: Path, settings: Settings, mode: SignIn) -> None:
        self.mode = mode
        self.secure = is_secure(settings)
        self._library = library
        self._settings = settings
        self._door: Door | None = None
        self._opening = Lock()

    @property
    def is_quick(self) -> bool:
        """Whether nothing has to be read to tell who somebody is."""
        return self.mode is SignIn.NONE or (
            self._door is not None and self._door.directory.is_fresh
        )

    def door(self) -> Door:
        """Raises LibraryNotFound, LibraryTooNew, LibraryError; the next call tries again."""
        with self._opening:
            if self._door is None:
                self._door = door_of(
                    Library.open(self._library, settings=self._settings), self.mode
                )
            return self._door

    def who(self, cookies: Mapping[str, str]) -> Known | None:
        """As `Door.who`. Raises RadalikeError."""
        return _EVERYTHING if self.mode is SignIn.NONE else self.door().who(cookies)

    def close(self) -> None:
        with self._opening:
            if self._door is not None:
                self._door.library.close()
                self._door = None

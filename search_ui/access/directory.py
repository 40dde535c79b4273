"""Who has which role, as the catalog says, asked at most every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from sqlalchemy import Engine, select

from radalike.access import Role
from radalike.catalog.engine import database_errors
from radalike.catalog.people import folded_name
from radalike.catalog.schema import people
from radalike.errors import UsageError

REFRESH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who may come in. password: the stored one, a hash; empty for those of an identity
    provider."""

    name: str
    roles: frozenset[Role]
    password: str = field(repr=False)


class Directory:
    """The people of a catalog who are not disabled. Safe from several threads."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._people: Mapping[str, Known] = {}
        self._good_until = float("-inf")
        self._lock = Lock()

    @property
    def is_fresh(self) -> bool:
        """Whether the next question is answered without asking the catalog."""
        return self._clock() < self._good_until

    def person(self, name: str) -> Known | None:
        """Raises LibraryError when the catalog cannot be read."""
        return self._current().get(folded(name))

    def has_password_people(self) -> bool:
        """Whether anybody could sign in with a password. Raises LibraryError."""
        return any(known.password for known in self._current().values())

    def refresh(self) -> None:
        """Ask the catalog at the next question."""
        self._good_until = float("-inf")

    def _current(self) -> Mapping[str, Known]:
        with self._lock:
            if not self.is_fresh:
                self._people = _read(self._engine)
                self._good_until = self._clock() + REFRESH_SECONDS
            return self._people


def folded(name: str) -> str:
    """As names are compared; empty for what cannot be a name, and so is nobody's."""
    try:
        return folded_name(name)
    except UsageError:
        return ""


def _read(engine: Engine) -> dict[str, Known]:
    wanted = select(people.c.name, people.c.roles, people.c.password).where(
        people.c.disabled.is_(False)
    )
    with database_errors(), engine.connect() as connection:
        return {
            row.name: Known(row.name, frozenset(map(Role, row.roles)), row.password or "")
            for row in connection.execute(wanted)
        }

"""People who sign in to the search page: their names, roles and passwords.

A password is kept as scrypt (RFC 7914) makes it, in the PHC string format, which names the
parameters: they can be raised later, and older passwords still match.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from radalike.access import Role
from radalike.catalog.engine import database_errors, transaction
from radalike.catalog.schema import people
from radalike.errors import DuplicateName, UnknownName, UsageError

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 1024
"""Characters, and bytes in UTF-8."""
_LONGEST_NAME = 254  # of an e-mail address (RFC 5321, section 4.5.3.1.3)
_LOG_N, _BLOCK, _PARALLEL = 15, 8, 1
_SALT_BYTES, _HASH_BYTES = 16, 32


@dataclass(frozen=True, slots=True)
class Person:
    """name: folded, as it is compared. has_password: else they sign in through OIDC."""

    name: str
    roles: frozenset[Role]
    has_password: bool
    created_at: datetime
    disabled: bool = False


def add_person(engine: Engine, name: str, roles: Collection[Role], password: str | None) -> Person:
    """password: None for those who sign in through OIDC. Raises DuplicateName; UsageError for a
    name, roles or a password that cannot be; StorageFull, LibraryError."""
    folded = folded_name(name)
    created_at = datetime.now(UTC)
    row = {
        "name": folded,
        "roles": _stored(roles),
        "password": None if password is None else hash_password(password),
        "created_at": created_at,
        "disabled": False,
    }
    with transaction(engine) as connection:
        try:
            connection.execute(insert(people).values(row))
        except IntegrityError as exc:
            raise DuplicateName(
                f"{folded} is here already", hint="`radalike people list` shows everybody"
            ) from exc
    return Person(folded, frozenset(roles), password is not None, created_at)


def remove_person(engine: Engine, name: str) -> None:
    """Raises UnknownName."""
    with transaction(engine) as connection:
        found = connection.execute(delete(people).where(people.c.name == folded_name(name)))
    _check_found(engine, name, found.rowcount)


def set_roles(engine: Engine, name: str, roles: Collection[Role]) -> None:
    """In place of those they had. Raises UnknownName; UsageError for no role."""
    _change(engine, name, roles=_stored(roles))


def set_password(engine: Engine, name: str, password: str) -> None:
    """Raises UnknownName; UsageError for a password that is too short or too long."""
    _change(engine, name, password=hash_password(password))


def set_disabled(engine: Engine, name: str, disabled: bool) -> None:
    """Somebody who is disabled keeps the name and cannot sign in. Raises UnknownName."""
    _change(engine, name, disabled=disabled)


def everybody(engine: Engine) -> list[Person]:
    """By name."""
    with database_errors(), engine.connect() as connection:
        return [_person(row) for row in connection.execute(select(people).order_by(people.c.name))]


def find_person(engine: Engine, name: str) -> Person | None:
    """None when nobody has this name, or nobody can. Whoever lets them in looks at `disabled`."""
    row = _row(engine, name)
    return None if row is None else _person(row)


def check_password(engine: Engine, name: str, password: str) -> Person | None:
    """Who this is; None when the password is wrong, they are disabled or have none, or nobody has
    this name: all in the same time, about 0.1 s and 32 MB."""
    row = _row(engine, name)
    kept = row.password if row is not None else None
    matches = _matches(password, kept or _NOBODY)
    return _person(row) if matches and kept and not row.disabled else None


def folded_name(name: str) -> str:
    """As names are compared: without case. Raises UsageError for what cannot be a name."""
    folded = unicodedata.normalize("NFKC", name).strip().casefold()
    if not 1 <= len(folded) <= _LONGEST_NAME or not folded.isprintable() or " " in folded:
        raise UsageError(
            "this cannot be a name",
            hint=f"1 to {_LONGEST_NAME} characters without spaces: a user name or e-mail address",
        )
    return folded


def hash_password(password: str) -> str:
    """Raises UsageError for a password that is too short or too long."""
    secret = _secret(password)
    if len(password) < SHORTEST_PASSWORD or len(secret) > LONGEST_PASSWORD:
        raise UsageError(
            f"the password has {len(password)} characters",
            hint=f"at least {SHORTEST_PASSWORD} characters, at most {LONGEST_PASSWORD} bytes",
        )
    salt = os.urandom(_SALT_BYTES)
    hashed = _scrypt(secret, salt, _LOG_N, _BLOCK, _PARALLEL)
    parameters = f"ln={_LOG_N},r={_BLOCK},p={_PARALLEL}"
    return f"$scrypt${parameters}${_encoded(salt)}${_encoded(hashed)}"


# -- inside ------------------------------------------------------------------------------------


def _matches(password: str, kept: str) -> bool:
    _, _, parameters, salt, hashed = kept.split("$")
    values = dict(each.split("=") for each in parameters.split(","))
    log_n, block, parallel = (int(values[name]) for name in ("ln", "r", "p"))
    secret = _secret(password)
    if len(secret) > LONGEST_PASSWORD:
        return False
    made = _scrypt(secret, _decoded(salt), log_n, block, parallel)
    return hmac.compare_digest(made, _decoded(hashed))


def _scrypt(secret: bytes, salt: bytes, log_n: int, block: int, parallel: int) -> bytes:
    n = 1 << log_n
    memory = 128 * block * (n + parallel + 2)  # RFC 7914, section 2; OpenSSL counts two blocks more
    return hashlib.scrypt(
        secret, salt=salt, n=n, r=block, p=parallel, maxmem=memory, dklen=_HASH_BYTES
    )


def _secret(password: str) -> bytes:
    """The same bytes however a keyboard composes an accent (NIST SP 800-63B, section 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


_NOBODY = (
    f"$scrypt$ln={_LOG_N},r={_BLOCK},p={_PARALLEL}"
    f"${_encoded(bytes(_SALT_BYTES))}${_encoded(bytes(_HASH_BYTES))}"
)
"""What the password of a name that does not exist is compared with; nothing hashes to it."""


def _stored(roles: Collection[Role]) -> Sequence[str]:
    if not roles:
        raise UsageError("no role was given", hint=f"one or more of {', '.join(Role)}")
    return [role.value for role in Role if role in roles]


def _change(engine: Engine, name: str, **values: Any) -> None:
    mine = people.c.name == folded_name(name)
    with transaction(engine) as connection:
        found = connection.execute(update(people).where(mine).values(values))
    _check_found(engine, name, found.rowcount)


def _check_found(engine: Engine, name: str, found: int) -> None:
    if not found:
        known = [person.name for person in everybody(engine)]
        raise UnknownName("person", folded_name(name), known)


def _row(engine: Engine, name: str) -> Any:
    try:
        folded = folded_name(name)
    except UsageError:  # what cannot be a name is nobody's
        return None
    with database_errors(), engine.connect() as connection:
        return connection.execute(select(people).where(people.c.name == folded)).first()


def _person(row: Any) -> Person:
    roles = frozenset(Role(each) for each in row.roles)
    return Person(row.name, roles, row.password is not None, row.created_at, row.disabled)

"""The cookie of somebody who signed in with a password: who, until when, signed.

The signature (HMAC-SHA256, RFC 2104) is under a key that is derived from the library's, so no
other library's cookie is taken. `password` is a keyed digest of the stored password: a password
that was changed ends every session.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass, field
from hashlib import sha256

GOOD_SECONDS = 12 * 3600
_LONGEST = 2048


@dataclass(frozen=True, slots=True)
class Ticket:
    """name: of the person. expires: seconds since 1970. session: random. password: see above."""

    name: str
    expires: int
    session: str
    password: str


@dataclass(frozen=True, slots=True)
class CookieKey:
    """What cookies are signed with, and what they are called."""

    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> CookieKey:
        """key: the library's."""
        return cls(hmac.digest(key, b"radalike search page cookie", "sha256"))

    def name(self, *, secure: bool) -> str:
        """Of the cookie. A browser sends the cookies of every port of a host: two libraries on
        one host are told apart by name. `__Host-` (RFC 6265bis): no other host can set it."""
        library = self._digest(b"name")[:8]
        return f"{'__Host-' if secure else ''}radalike-{library}"

    def issue(self, name: str, stored_password: str, now: float) -> str:
        """The cookie of `name`, who signs in now."""
        ticket = Ticket(
            name, int(now) + GOOD_SECONDS, secrets.token_hex(16), self.password(stored_password)
        )
        content = urlsafe_b64encode(
            json.dumps(asdict(ticket), ensure_ascii=False).encode()
        ).decode()
        return f"{content}.{self._signature(content)}"

    def read(self, value: str, now: float) -> Ticket | None:
        """What the cookie says; None when it is not ours, changed, or expired."""
        content, _, signature = value.partition(".")
        if len(value) > _LONGEST or not hmac.compare_digest(
            self._signature(content).encode(), signature.encode("utf-8", "surrogateescape")
        ):
            return None
        ticket = Ticket(**json.loads(urlsafe_b64decode(content)))
        return ticket if now < ticket.expires else None

    def password(self, stored: str) -> str:
        """The digest of a stored password, itself a hash, that tickets hold."""
        return self._digest(b"password\0" + stored.encode())[:32]

    def _signature(self, content: str) -> str:
        return self._digest(b"ticket\0" + content.encode("utf-8", "surrogateescape"))

    def _digest(self, message: bytes) -> str:
        return hmac.new(self.secret, message, sha256).hexdigest()

"""Receiving whom an identity provider has sent, and seeing them out: with the audit's entries."""

from __future__ import annotations

from dataclasses import dataclass

from radalike.library.audit.audit import AuditAction
from search_ui.access import oidc
from search_ui.access.directory import Known
from search_ui.access.door import Door

UNKNOWN_NAME = "unknown"
"""Stands in the audit for a name that nobody has: it may be a password, typed in its place."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody the provider knows by `name`, and who has no role here."""

    name: str


def receive(door: Door, claims: oidc.Claims | None) -> Known | Stranger | None:
    """Who comes with these claims; None: nobody, or not any longer.

    Written to the audit once for each signing in, not with every page that is opened.
    Raises LibraryError, StorageFull: then nobody is let in.
    """
    if claims is None or not door.is_open_to(claims):
        return None
    known = door.by_claims(claims)
    session = oidc.session_of(claims)
    if not door.sessions.is_noted(session):
        if known is not None:
            door.library.audit.write(known.name, AuditAction.SIGN_IN)
        else:
            named = door.directory.person(oidc.name_of(claims))
            who = UNKNOWN_NAME if named is None else named.name
            door.library.audit.write(who, AuditAction.SIGN_IN_REFUSED)
        door.sessions.note(session)
    return known if known is not None else Stranger(oidc.name_of(claims))


def see_out(door: Door, claims: oidc.Claims) -> None:
    """Ends it here, so that other pages of the same person, which know the cookie of before, are
    out as well. Raises LibraryError, StorageFull where it cannot be audited; it is ended even so.
    """
    known = door.by_claims(claims)
    door.sessions.end(oidc.session_of(claims))
    if known is not None:
        door.library.audit.write(known.name, AuditAction.SIGN_OUT)

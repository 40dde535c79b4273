"""Who may do what: roles, actions, and the one table that joins them.

Duties are separate: reading the audit is the auditor's alone, so that nobody watches himself. An
administrator who audits as well is given both roles.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """What a person is here; somebody may have several."""

    READER = "reader"
    CURATOR = "curator"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Action(StrEnum):
    """What can be done on the search page."""

    SEARCH = "search"
    BROWSE = "browse"
    MARK = "mark"
    EXPORT = "export"
    SEE_RUNS = "see_runs"
    SEE_LIBRARY = "see_library"
    INGEST = "ingest"
    EVALUATE = "evaluate"
    BUILD_INDEX = "build_index"
    AUDIT = "audit"


_READING = frozenset({Action.SEARCH, Action.BROWSE, Action.MARK, Action.EXPORT, Action.SEE_RUNS})
_CURATING = frozenset({Action.INGEST, Action.EVALUATE, Action.BUILD_INDEX})
_ALLOWED = {
    Role.READER: _READING | {Action.SEE_LIBRARY},
    Role.CURATOR: _READING | _CURATING | {Action.SEE_LIBRARY},
    Role.ADMIN: _READING | _CURATING | {Action.SEE_LIBRARY},
    Role.AUDITOR: frozenset({Action.SEE_LIBRARY, Action.AUDIT}),
}


def may(roles: Iterable[Role], action: Action) -> bool:
    """Whether somebody with these roles may do this; without a role nobody may do anything."""
    return any(action in _ALLOWED[role] for role in roles)

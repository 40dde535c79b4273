from __future__ import annotations

import pytest

from radalike.access import Action, Role, may

READING = {Action.SEARCH, Action.BROWSE, Action.MARK, Action.EXPORT, Action.SEE_RUNS}
CURATING = {Action.INGEST, Action.EVALUATE, Action.BUILD_INDEX}


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.READER, READING | {Action.SEE_LIBRARY}),
        (Role.CURATOR, READING | CURATING | {Action.SEE_LIBRARY}),
        (Role.ADMIN, READING | CURATING | {Action.SEE_LIBRARY}),
        (Role.AUDITOR, {Action.SEE_LIBRARY, Action.AUDIT}),
    ],
)
def test_what_each_role_may_do(role: Role, allowed: set[Action]) -> None:
    assert {action for action in Action if may([role], action)} == allowed


def test_roles_add_up() -> None:
    both = [Role.READER, Role.AUDITOR]
    assert may(both, Action.SEARCH)
    assert may(both, Action.AUDIT)
    assert not may(both, Action.INGEST)


def test_without_a_role_nothing_is_allowed() -> None:
    assert not any(may([], action) for action in Action)

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from hypothesis import given
from hypothesis import strategies as st

from search_ui.access.cookie import GOOD_SECONDS, CookieKey

_KEY = CookieKey.of(b"k" * 32)
_COOKIE = _KEY.issue("ada", "$scrypt$hash", now=1000.0)


def test_a_cookie_says_who_and_until_when() -> None:
    ticket = _KEY.read(_COOKIE, now=1000.0)
    assert ticket is not None
    assert (ticket.name, ticket.expires) == ("ada", 1000 + GOOD_SECONDS)
    assert ticket.password == _KEY.password("$scrypt$hash")
    assert ticket.password != _KEY.password("$scrypt$another")


def test_it_is_good_for_twelve_hours() -> None:
    assert _KEY.read(_COOKIE, now=1000.0 + 12 * 3600 - 1) is not None
    assert _KEY.read(_COOKIE, now=1000.0 + 12 * 3600) is None


def test_sessions_are_told_apart() -> None:
    first, second = (_KEY.read(_KEY.issue("ada", "x", 0.0), 0.0) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.session != second.session


def test_another_librarys_cookie_is_not_taken() -> None:
    other = CookieKey.of(b"j" * 32)
    assert other.read(_COOKIE, now=1000.0) is None
    assert other.name(secure=False) != _KEY.name(secure=False)


def test_a_name_cannot_be_put_in() -> None:
    content, _, signature = _COOKIE.partition(".")
    ticket = json.loads(urlsafe_b64decode(content)) | {"name": "root"}
    forged = urlsafe_b64encode(json.dumps(ticket).encode()).decode()
    assert _KEY.read(f"{forged}.{signature}", now=1000.0) is None


@given(st.text(max_size=300))
def test_nothing_else_is_a_cookie(value: str) -> None:
    assert _KEY.read(value, now=0.0) is None


@given(st.integers(0, len(_COOKIE) - 1), st.characters(codec="latin-1"))
def test_no_character_can_be_another(place: int, character: str) -> None:
    changed = _COOKIE[:place] + character + _COOKIE[place + 1 :]
    assert (_KEY.read(changed, now=1000.0) is None) == (changed != _COOKIE)


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=254))
def test_any_name_fits(name: str) -> None:
    ticket = _KEY.read(_KEY.issue(name, "x", 0.0), 0.0)
    assert ticket is not None
    assert ticket.name == name


def test_secrets_are_not_shown() -> None:
    assert "secret" not in repr(_KEY)

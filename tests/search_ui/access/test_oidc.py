from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from radalike.access import Role
from radalike.catalog.people import add_person, remove_person
from radalike.library import Library
from search_ui.access import oidc
from search_ui.access.directory import Known
from search_ui.access.door import Door, door_of
from search_ui.access.mode import SignIn
from search_ui.access.reception import Stranger, receive, see_out
from tests.search_ui.access.guarded_site import PAGE, PASSWORD, Site, settings_of

_PROVIDER = {
    "oidc_metadata_url": "https://id.example/.well-known/openid-configuration",
    "oidc_client_id": "radalike",
    "oidc_client_secret": "shared secret",
}


@pytest.fixture
def door(library: Library) -> Door:
    return door_of(library, SignIn.OIDC)


def _claims(door: Door, **claims: Any) -> dict[str, Any]:
    said = {"iss": "https://id.example", "sub": "7", "email": "Eve@Example.org", "nonce": "n"}
    return {**said, "iat": int(door.clock()), **claims}


def _audited(library: Library) -> list[tuple[str, str]]:
    return [(entry.who, entry.action) for entry in library.audit.entries()[::-1]]


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"email": "Eve@Example.org", "email_verified": True, "sub": "7"}, "Eve@Example.org"),
        ({"email": "eve@example.org", "preferred_username": "eve", "sub": "7"}, "eve@example.org"),
        ({"email": "e@x.org", "email_verified": False, "preferred_username": "eve"}, "eve"),
        ({"email": "e@x.org", "email_verified": "false", "sub": "7"}, "7"),
        ({"email": "e@x.org", "email_verified": False, "preferred_username": "E@x.org"}, ""),
        ({"email": "", "preferred_username": " eve ", "sub": "7"}, "eve"),
        ({"sub": 7}, "7"),
        ({"email": None}, ""),
        ({}, ""),
    ],
)
def test_who_it_is(claims: dict[str, Any], name: str) -> None:
    assert oidc.name_of(claims) == name


def test_secrets_for_streamlit(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, public_url="https://search.example/", **_PROVIDER)
    auth = oidc.secrets(settings, b"k" * 32)["auth"]
    assert auth["redirect_uri"] == "https://search.example/oauth2callback"
    assert (auth["client_id"], auth["client_secret"]) == ("radalike", "shared secret")
    assert len(auth["cookie_secret"]) == 64
    assert auth["cookie_secret"] != oidc.secrets(settings, b"j" * 32)["auth"]["cookie_secret"]


@pytest.mark.parametrize(
    ("flags", "address"),
    [
        ({}, "http://localhost:8501"),
        ({"host": "::1", "port": 80}, "http://localhost:80"),
        ({"host": "10.0.0.5"}, "http://10.0.0.5:8501"),
        ({"host": "2001:db8::5"}, "http://[2001:db8::5]:8501"),
        ({"host": "h.example", "tls_certificate": "c", "tls_key": "k"}, "https://h.example:8501"),
        ({"host": "0.0.0.0", "public_url": "https://h.example"}, "https://h.example"),
    ],
)
def test_the_address_that_the_provider_leads_back_to(
    tmp_path: Path, flags: dict[str, Any], address: str
) -> None:
    assert oidc.own_address(settings_of(tmp_path, **flags)) == address


def test_who_has_a_role_is_let_in_and_audited_once(door: Door, library: Library) -> None:
    for _ in range(3):
        found = receive(door, _claims(door))
        assert isinstance(found, Known)
        assert (found.name, found.roles) == ("eve@example.org", {Role.CURATOR})
    assert _audited(library) == [("eve@example.org", "sign_in")]
    receive(door, _claims(door, nonce="of the next time"))
    assert len(_audited(library)) == 2


def test_strangers_are_not_let_in(door: Door, library: Library) -> None:
    for _ in range(2):
        assert receive(door, _claims(door, email="m@example.org")) == Stranger("m@example.org")
    assert receive(door, _claims(door, email="", sub="", nonce="2")) == Stranger("")
    assert _audited(library) == [("unknown", "sign_in_refused")] * 2


def test_a_providers_name_is_not_somebody_with_a_password(door: Door, library: Library) -> None:
    claims = _claims(door, email="", preferred_username="ada")
    assert receive(door, claims) == Stranger("ada")
    assert _audited(library) == [("ada", "sign_in_refused")]


def test_it_lasts_twelve_hours(door: Door) -> None:
    now = int(door.clock())
    assert isinstance(receive(door, _claims(door, iat=now - 12 * 3600 + 60)), Known)
    for iat in (now - 12 * 3600, None, "", "yesterday", [], float("nan")):
        assert receive(door, _claims(door, iat=iat)) is None
    assert receive(door, None) is None


def test_who_signs_out_is_out_everywhere(door: Door, library: Library) -> None:
    claims = _claims(door)
    receive(door, claims)
    see_out(door, claims)
    assert receive(door, claims) is None
    assert door.by_claims(claims) is None
    assert isinstance(receive(door, _claims(door, nonce="signed in again")), Known)
    assert [action for _, action in _audited(library)] == ["sign_in", "sign_out", "sign_in"]


def test_pictures_need_streamlits_signed_cookie(
    provider_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = provider_site.library.layout.key.read_bytes()
    own = oidc.secrets(settings_of(provider_site.library.layout.root, **_PROVIDER), key)
    for kept in ("_secrets", "_programmatic_secrets"):
        monkeypatch.setattr(secrets_singleton, kept, None)
    secrets_singleton.merge_programmatic_secrets(own)
    claims = _claims(provider_site.entrance.door(), is_logged_in=True)

    def status(secret: str, said: dict[str, Any]) -> int:
        value = create_signed_value(secret, "_streamlit_user", json.dumps(said)).decode()
        provider_site.client.cookies.set("_streamlit_user", value)
        return provider_site.client.get("/media/a.png").status_code

    signed = own["auth"]["cookie_secret"]
    assert status(signed, claims) == 200
    assert status(signed, {**claims, "email": "m@example.org"}) == 401
    assert status(signed, {**claims, "is_logged_in": False}) == 401
    assert status(signed, {**claims, "iat": claims["iat"] - 13 * 3600}) == 401
    assert status("another secret, as long as the first is", claims) == 401
    provider_site.client.cookies.set("_streamlit_user", "nonsense")
    assert provider_site.client.get("/browse", headers=PAGE).headers["location"] == "/"


def test_who_loses_the_role_is_out(door: Door, library: Library) -> None:
    assert isinstance(receive(door, _claims(door)), Known)
    remove_person(library.catalog.engine, "eve@example.org")
    door.directory.refresh()
    assert isinstance(receive(door, _claims(door)), Stranger)
    add_person(library.catalog.engine, "eve@example.org", [Role.READER], PASSWORD)
    door.directory.refresh()
    assert isinstance(receive(door, _claims(door)), Stranger)

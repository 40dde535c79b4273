from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from radalike.errors import UsageError
from radalike.settings import Settings
from search_ui.access.mode import SignIn, is_loopback, is_secure, sign_in_mode, warnings

_PROVIDER = {
    "oidc_metadata_url": "https://id.example/.well-known/openid-configuration",
    "oidc_client_id": "radalike",
    "oidc_client_secret": "shared secret",
}


@pytest.mark.parametrize(
    ("flags", "mode"),
    [
        ({}, SignIn.NONE),
        ({"host": "127.5.0.1"}, SignIn.NONE),
        ({"host": "::1"}, SignIn.NONE),
        ({"host": "LocalHost"}, SignIn.NONE),
        ({"host": "0.0.0.0"}, SignIn.PASSWORD),
        ({"host": "::"}, SignIn.PASSWORD),
        ({"host": "localhost.example.org"}, SignIn.PASSWORD),
        ({"host": "0.0.0.0", **_PROVIDER}, SignIn.OIDC),
        ({"sign_in": "password"}, SignIn.PASSWORD),
        ({"sign_in": "oidc", **_PROVIDER}, SignIn.OIDC),
        ({"host": "0.0.0.0", "sign_in": "password", **_PROVIDER}, SignIn.PASSWORD),
    ],
)
def test_how_people_sign_in(flags: dict[str, Any], mode: SignIn) -> None:
    assert sign_in_mode(Settings(**flags)) is mode


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "search.example.org"])
def test_nobody_serves_a_network_without_signing_in(host: str) -> None:
    with pytest.raises(UsageError, match=host) as caught:
        sign_in_mode(Settings(host=host, sign_in="none"))
    assert "radalike people add" in caught.value.hint


@pytest.mark.parametrize("missing", sorted(_PROVIDER))
def test_a_provider_is_set_entirely(missing: str) -> None:
    flags = {name: value for name, value in _PROVIDER.items() if name != missing}
    with pytest.raises(UsageError, match=missing) as caught:
        sign_in_mode(Settings(sign_in="oidc", **flags))
    assert "shared secret" not in f"{caught.value} {caught.value.hint}"


def test_tls_is_set_entirely(tmp_path: Path) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.touch()
    with pytest.raises(UsageError, match="tls_key is missing"):
        sign_in_mode(Settings(tls_certificate=str(certificate)))
    with pytest.raises(UsageError, match="tls_certificate is missing"):
        sign_in_mode(Settings(tls_key=str(key)))
    with pytest.raises(UsageError, match="tls_key: there is no file"):
        sign_in_mode(Settings(tls_certificate=str(certificate), tls_key=str(key)))
    key.touch()
    assert sign_in_mode(Settings(tls_certificate=str(certificate), tls_key=str(key)))


@pytest.mark.parametrize("url", ["search.example.org", "ftp://a.example", "https://a.example/b"])
def test_a_public_url_is_one_that_browsers_open(url: str) -> None:
    with pytest.raises(UsageError, match="public_url"):
        sign_in_mode(Settings(public_url=url))


def test_a_network_without_tls_is_warned_of() -> None:
    network = Settings(host="0.0.0.0")
    proxy = Settings(host="0.0.0.0", public_url="https://search.example.org")
    assert "unencrypted" in warnings(network, SignIn.PASSWORD)[0]
    assert warnings(proxy, SignIn.PASSWORD) == []
    assert warnings(Settings(), SignIn.NONE) == []


def test_secure_is_what_browsers_see() -> None:
    assert not is_secure(Settings())
    assert is_secure(Settings(public_url="https://a.example"))
    assert not is_secure(Settings(public_url="http://a.example", tls_certificate="c", tls_key="k"))
    assert is_secure(Settings(tls_certificate="c", tls_key="k"))


@pytest.mark.parametrize("host", ["", "10.0.0.1", "::ffff:10.0.0.1", "example.org", "127.0.0.1.x"])
def test_what_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)

"""How people sign in to the search page, and whether the settings allow it."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from radalike.errors import InvalidSetting, UsageError
from radalike.settings import Settings


class SignIn(StrEnum):
    NONE = "none"
    PASSWORD = "password"
    OIDC = "oidc"


def sign_in_mode(settings: Settings) -> SignIn:
    """How people sign in: as set, or what suits the address (`auto`).

    Raises UsageError where anybody on the network would be let in, and where an identity provider
    or TLS is set by halves.
    """
    check_tls(settings)
    check_public_url(settings)
    mode = _chosen(settings)
    if mode is SignIn.NONE and not is_loopback(settings.host):
        raise UsageError(
            f"without signing in, everybody who reaches {settings.host} would see the library",
            hint="leave out sign_in=none, and give people a role: `radalike people add NAME "
            "--role admin`; or listen on this machine only: --host 127.0.0.1",
        )
    if mode is SignIn.OIDC:
        _check_provider(settings)
    return mode


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens on `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:  # a name: it may lead anywhere
        return False


def is_secure(settings: Settings) -> bool:
    """Whether browsers reach the page through TLS, here or at a proxy before it."""
    if settings.public_url:
        return urlsplit(settings.public_url).scheme == "https"
    return bool(settings.tls_certificate)


def warnings(settings: Settings, mode: SignIn) -> list[str]:
    """What is allowed and yet should be known by whoever starts the page."""
    if mode is SignIn.NONE or is_secure(settings) or is_loopback(settings.host):
        return []
    unencrypted = (
        "passwords and images cross the network unencrypted: set tls_certificate and tls_key, or "
        "put a proxy with TLS before the page and set public_url=https://…"
    )
    return [unencrypted]


def check_tls(settings: Settings) -> None:
    """Raises UsageError when TLS is set by halves, or a file of it is not there."""
    given = {"tls_certificate": settings.tls_certificate, "tls_key": settings.tls_key}
    if not any(given.values()):
        return
    for name, path in given.items():
        if not path:
            raise InvalidSetting(
                f"{name} is missing: TLS needs a certificate and its key",
                hint=f"set RADALIKE_{name.upper()}, or neither for HTTP",
                setting=name,
            )
        if not Path(path).is_file():
            raise InvalidSetting(
                f"{name}: there is no file {path}", hint="mend the path", setting=name
            )


def check_public_url(settings: Settings) -> None:
    """Raises UsageError for a `public_url` that no browser could open the page with."""
    if not settings.public_url:
        return
    parts = urlsplit(settings.public_url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise InvalidSetting(
            f"public_url is no address of a page: {settings.public_url}",
            hint="for example https://search.hospital.example, without a path",
            setting="public_url",
        )


def _chosen(settings: Settings) -> SignIn:
    if settings.sign_in != "auto":
        return SignIn(settings.sign_in)
    if is_loopback(settings.host):
        return SignIn.NONE
    return SignIn.OIDC if settings.oidc_metadata_url else SignIn.PASSWORD


def _check_provider(settings: Settings) -> None:
    given = {
        "oidc_metadata_url": settings.oidc_metadata_url,
        "oidc_client_id": settings.oidc_client_id,
        "oidc_client_secret": settings.oidc_client_secret.get_secret_value(),
    }
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise InvalidSetting(
            f"signing in through an identity provider needs {', '.join(missing)}",
            hint="they are told by whoever runs the provider; set them as "
            + ", ".join(f"RADALIKE_{name.upper()}" for name in missing)
            + ", or use passwords: RADALIKE_SIGN_IN=password",
            setting=missing[0],
        )

"""Signing in through an identity provider (OpenID Connect), by Streamlit's own means."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from radalike.settings import Settings
from search_ui.access.cookie import GOOD_SECONDS
from search_ui.access.mode import is_loopback

Claims = Mapping[str, Any]
"""What the provider says of somebody: the ID token's claims (OpenID Connect Core 1.0, section 2
and 5.1), or what a cookie of Streamlit's holds of them."""

_CALLBACK = "/oauth2callback"


def secrets(settings: Settings, key: bytes) -> dict[str, Any]:
    """The secrets that `st.App` takes, with Streamlit's cookies signed under a key that is derived
    from the library's (`key`). The mapping is secret: never print it."""
    return {
        "auth": {
            "redirect_uri": redirect_uri(settings),
            "cookie_secret": hmac.digest(key, b"radalike search page oidc cookie", "sha256").hex(),
            "client_id": settings.oidc_client_id,
            "client_secret": settings.oidc_client_secret.get_secret_value(),
            "server_metadata_url": settings.oidc_metadata_url,
        }
    }


def redirect_uri(settings: Settings) -> str:
    """Where the provider sends people back to: to be registered there."""
    return own_address(settings).rstrip("/") + _CALLBACK


def own_address(settings: Settings) -> str:
    """`public_url`, or the address that the server listens on. Providers take `localhost`, and
    often no other, without TLS."""
    if settings.public_url:
        return settings.public_url
    host = "localhost" if is_loopback(settings.host) else settings.host
    scheme = "https" if settings.tls_certificate else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}"


def name_of(claims: Claims) -> str:
    """Who it is: the e-mail address unless it is unverified, else the user name, else
    the provider's own subject; empty when nothing is said."""
    email = _text(claims, "email")
    unverified = claims.get("email_verified") in (False, "false")
    if email and not unverified:
        return email
    username = _text(claims, "preferred_username")
    if username and not (unverified and username.casefold() == email.casefold()):
        return username
    return _text(claims, "sub")


def session_of(claims: Claims) -> str:
    """An id of this one signing in."""
    parts = [_text(claims, name) for name in ("iss", "sub", "iat", "nonce")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def is_recent(claims: Claims, now: float) -> bool:
    """Whether it is at most 12 hours since the provider said so; the cookie lasts longer."""
    try:
        issued = float(claims.get("iat", 0))
    except (TypeError, ValueError):
        return False
    return now < issued + GOOD_SECONDS


def claims_of(cookies: Mapping[str, str]) -> Claims | None:
    """What Streamlit's signed cookie says; None without one that is good."""
    from streamlit.auth_util import get_cookie_with_chunks
    from streamlit.web.server.server_util import get_cookie_secret
    from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
    from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

    secret = get_cookie_secret()

    def signed(name: str) -> bytes | None:
        value = cookies.get(name)
        if not secret or value is None:
            return None
        return decode_signed_value(secret, name, value.encode("latin-1", "replace"))

    content = get_cookie_with_chunks(signed, USER_COOKIE_NAME)
    if content is None:
        return None
    claims = json.loads(content)
    return claims if isinstance(claims, dict) and claims.get("is_logged_in") is True else None


def _text(claims: Claims, name: str) -> str:
    value = claims.get(name)
    return str(value).strip() if value is not None else ""

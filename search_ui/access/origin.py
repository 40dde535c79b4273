"""Whether a form was sent from this page, and not from another site's (CSRF)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit


def is_own_form(headers: Mapping[str, str], public_url: str) -> bool:
    """By what browsers say themselves and no page can forge: `Sec-Fetch-Site` (W3C Fetch Metadata;
    sent over TLS and on loopback), and `Origin` (RFC 6454), which must be this host. A request
    with neither comes from no browser, and is not taken."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is None and origin is None:
        return False
    if site is not None and site != "same-origin":
        return False
    return origin is None or _host(origin) in {headers.get("host", ""), _host(public_url)} - {""}


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""

"""Addresses of the sign-in page, and those within the page that it may lead to."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
_LONGEST = 6_000


def sign_in_address(following: str) -> str:
    """The sign-in page, which leads to `following` (a path with its query)."""
    path = path_within(following)
    return SIGN_IN if path == "/" else f"{SIGN_IN}?next={quote(path, safe='')}"


def path_within(following: str) -> str:
    """`following` where it is a path of this page, `/` where it could lead elsewhere.

    Browsers read `\\` as `/`, drop tabs and line breaks, and take `//host` for another host
    (WHATWG URL standard, section 4.4).
    """
    if (
        not following.startswith("/")
        or following.startswith("//")
        or len(following) > _LONGEST
        or "\\" in following
        or not following.isascii()
        or any(character <= " " or character == "\x7f" for character in following)
    ):
        return "/"
    try:
        parts = urlsplit(following)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or parts.path in (SIGN_IN, SIGN_OUT):
        return "/"
    return following

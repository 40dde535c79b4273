"""What signing in adds to the server: routes, middleware and secrets for Streamlit's `st.App`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from starlette.routing import Route

from radalike.library.layout import Layout, read_key
from radalike.settings import Settings
from search_ui.access import oidc
from search_ui.access.door import Entrance
from search_ui.access.gate import Gate
from search_ui.access.mode import SignIn
from search_ui.access.security_headers import SecurityHeaders, content_security_policy
from search_ui.access.sign_in_routes import SignInRoutes
from search_ui.shell import HEAD_SCRIPT, shell_routes


@lru_cache(maxsize=8)
def entrance(library: Path, settings: Settings, mode: SignIn) -> Entrance:
    """One and the same for routes and middleware."""
    return Entrance(library, settings, mode)


def routes(library: Path, settings: Settings, mode: SignIn) -> list[Route]:
    """The empty page, and where people sign in with passwords, the sign-in page and its forms.

    library: its folder, which is opened when somebody first comes.
    """
    from search_ui.router import PAGES

    shell = shell_routes(entry.path for entry in PAGES)
    if mode is not SignIn.PASSWORD:
        return shell
    sign_in = SignInRoutes(entrance(library, settings, mode), settings.public_url).routes()
    return [*shell, *sign_in]


def middleware(
    library: Path, settings: Settings, mode: SignIn, *, inline_scripts: Iterable[str] = ()
) -> list[Middleware]:
    """The security headers, and behind them the gate. inline_scripts: see
    `content_security_policy`."""
    policy = content_security_policy((HEAD_SCRIPT, *inline_scripts))
    headers = Middleware(SecurityHeaders, policy=policy)
    return [headers, Middleware(Gate, entrance=entrance(library, settings, mode))]


def secrets(library: Path, settings: Settings, mode: SignIn) -> dict[str, Any] | None:
    """For `st.App(secrets=…)`. Never print it. Raises LibraryError when the key is gone."""
    if mode is not SignIn.OIDC:
        return None
    return oidc.secrets(settings, read_key(Layout(library)))

"""The gate before everything that is served: nothing passes without somebody who may come in."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from anyio import to_thread
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from radalike.errors import RadalikeError
from search_ui.access.addresses import SIGN_IN, SIGN_OUT, sign_in_address
from search_ui.access.directory import Known
from search_ui.access.door import Entrance
from search_ui.access.mode import SignIn
from search_ui.access.sign_in_page import POLICY, message_page

_log = logging.getLogger(__name__)
_HEALTH = "/_stcore/health"
_OPEN_FOR_PASSWORD = frozenset(
    {("GET", _HEALTH), ("HEAD", _HEALTH), ("GET", SIGN_IN), ("POST", SIGN_IN), ("POST", SIGN_OUT)}
)
_OPEN_FOR_OIDC = frozenset(
    {
        _HEALTH,
        "/_stcore/host-config",
        "/_stcore/stream",
        "/auth/login",
        "/auth/logout",
        "/oauth2callback",
    }
)
"""Streamlit signs people in from within a page: the empty shell and its script's first run, which
shows nothing else, are open. `/auth/…` and `/oauth2callback` speak with the provider."""
_POLICY_VIOLATION = 1008  # RFC 6455, section 7.4.1; before it is accepted: HTTP 403


class Gate:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, entrance: Entrance) -> None:
        self._app = app
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or self._is_open(scope):
            await self._app(scope, receive, send)
            return
        try:
            known = await self._who(HTTPConnection(scope).cookies)
        except RadalikeError as exc:
            _log.error("nobody is let in: %s", exc)
            await _refuse(scope, receive, send, _unavailable())
            return
        if known is None:
            await _refuse(scope, receive, send, self._refusal(scope))
            return
        await self._app(scope, receive, send)

    def _is_open(self, scope: Scope) -> bool:
        mode, path = self._entrance.mode, scope["path"]
        if mode is SignIn.NONE:
            return True
        if mode is SignIn.PASSWORD:
            return (scope.get("method"), path) in _OPEN_FOR_PASSWORD
        return path in _OPEN_FOR_OIDC or _is_shell(scope)

    async def _who(self, cookies: Mapping[str, str]) -> Known | None:
        if self._entrance.is_quick:
            return self._entrance.who(cookies)
        return await to_thread.run_sync(self._entrance.who, cookies)

    def _refusal(self, scope: Scope) -> Response:
        if not _is_page(scope):
            return PlainTextResponse("sign in first", status_code=401)
        if self._entrance.mode is SignIn.OIDC:
            return RedirectResponse("/", status_code=303)
        query = scope["query_string"].decode("latin-1")
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        return RedirectResponse(
            sign_in_address(f"{path}?{query}" if query else path), status_code=303
        )


async def _refuse(scope: Scope, receive: Receive, send: Send, response: Response) -> None:
    if scope["type"] == "websocket":
        await receive()  # "websocket.connect": it is refused before it is accepted
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        return
    await response(scope, receive, send)


def _is_page(scope: Scope) -> bool:
    """Whether a browser wants to show the answer as a page."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return False
    headers = HTTPConnection(scope).headers
    destination = headers.get("sec-fetch-dest")
    if destination is not None:
        return destination == "document"
    return "text/html" in headers.get("accept", "")


def _is_shell(scope: Scope) -> bool:
    """Whether it is one of the files that an empty page of Streamlit's consists of."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return False
    return scope["path"] in ("/", "/favicon.png") or scope["path"].startswith("/static/")


def _unavailable() -> Response:
    said = "The library cannot be opened now. Try again in a minute."
    return HTMLResponse(
        message_page("Not available", said), 503, headers={"Content-Security-Policy": POLICY}
    )

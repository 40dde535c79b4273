"""A server of the routes and the gate, before a page of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from radalike.library import Library
from radalike.library.audit.audit import AuditEntry
from radalike.settings import Settings, load_settings
from search_ui.access.door import Entrance
from search_ui.access.gate import Gate
from search_ui.access.mode import SignIn
from search_ui.access.security_headers import SecurityHeaders, content_security_policy
from search_ui.access.sign_in_routes import SignInRoutes
from search_ui.access.throttle import Throttle

PASSWORD = "correct horse battery"
PAGE = {"accept": "text/html"}


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Site:
    """A server with a page of its own, as a browser sees it."""

    client: TestClient
    library: Library
    entrance: Entrance
    clock: Clock
    origin: dict[str, str] = field(default_factory=lambda: {"origin": "http://testserver"})

    def sign_in(
        self, name: str = "ada", password: str = PASSWORD, following: str = "/"
    ) -> Response:
        form = {"name": name, "password": password, "next": following}
        return self.client.post("/sign-in", data=form, headers=self.origin)

    def audit(self) -> list[AuditEntry]:
        return self.library.audit.entries()[::-1]

    def audited(self) -> list[tuple[str, str]]:
        return [(entry.who, entry.action) for entry in self.audit()]


def settings_of(folder: Path, **flags: object) -> Settings:
    return load_settings(library=folder, home=folder.parent / "home", **flags)


def site_of(library: Library, mode: SignIn = SignIn.PASSWORD, **flags: object) -> Iterator[Site]:
    settings = settings_of(library.layout.root, **flags)
    entrance, clock = Entrance(library.layout.root, settings, mode), Clock()
    sign_in = SignInRoutes(entrance, settings.public_url, throttle=Throttle(), clock=clock)
    app = Starlette(
        routes=[
            *sign_in.routes(),
            WebSocketRoute("/_stcore/stream", _socket),
            Route("/_stcore/health", lambda _request: PlainTextResponse("ok")),
            Route("/{path:path}", _page, methods=["GET", "POST", "PUT", "DELETE"]),
        ]
    )
    guarded = SecurityHeaders(Gate(app, entrance), content_security_policy())
    base = "https://testserver" if entrance.secure else "http://testserver"
    with TestClient(guarded, base_url=base, follow_redirects=False) as client:
        yield Site(client, library, entrance, clock)
    entrance.close()


def _page(request: Request) -> Response:
    return HTMLResponse(f"behind the gate: {request.url.path}")


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("behind the gate")
    await socket.close()

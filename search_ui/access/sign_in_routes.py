"""The routes of signing in with a password: `/sign-in` and `/sign-out`."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from radalike.catalog.people import check_password, find_person
from radalike.errors import RadalikeError
from radalike.library.audit.audit import AuditAction
from search_ui.access.addresses import SIGN_IN, SIGN_OUT, path_within, sign_in_address
from search_ui.access.cookie import GOOD_SECONDS
from search_ui.access.directory import folded
from search_ui.access.door import Entrance
from search_ui.access.origin import is_own_form
from search_ui.access.reception import UNKNOWN_NAME
from search_ui.access.sign_in_page import (
    POLICY,
    form_page,
    message_page,
    nobody_yet_page,
    onward_page,
)
from search_ui.access.throttle import Throttle

_log = logging.getLogger(__name__)
_LONGEST_BODY = 8 * 1024
_AT_ONCE = 2  # each hashing of a password takes 32 MiB
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class _Form:
    name: str
    password: str
    following: str

    def __repr__(self) -> str:
        return "_Form(…)"


class SignInRoutes:
    """public_url: where browsers open the page, besides its own host. clock: of the throttle."""

    def __init__(
        self,
        entrance: Entrance,
        public_url: str,
        *,
        throttle: Throttle | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._entrance = entrance
        self._public_url = public_url
        self._throttle = throttle or Throttle()
        self._clock = clock
        self._hashing = CapacityLimiter(_AT_ONCE)

    def routes(self) -> list[Route]:
        return [
            Route(SIGN_IN, self._show, methods=["GET"]),
            Route(SIGN_IN, self._sign_in, methods=["POST"]),
            Route(SIGN_OUT, self._sign_out, methods=["POST"]),
        ]

    # -- GET /sign-in ----------------------------------------------------------------------------

    def _show(self, request: Request) -> Response:
        following = path_within(request.query_params.get("next", "/"))
        try:
            door = self._entrance.door()
            if door.who(request.cookies) is not None:
                return RedirectResponse(following, status_code=303)
            if request.headers.get("sec-fetch-site") == "cross-site":
                return _html(onward_page(sign_in_address(following)))
            if not door.directory.has_password_people():
                return _html(nobody_yet_page())
        except RadalikeError as exc:
            return _unavailable(exc)
        return _html(form_page(following))

    # -- POST /sign-in ---------------------------------------------------------------------------

    async def _sign_in(self, request: Request) -> Response:
        if not is_own_form(request.headers, self._public_url):
            return _html(message_page("Sign in", "This form was sent from another site."), 403)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            return _html(message_page("Sign in", "This is not the form of this page."), 415)
        body = await _body(request)
        if body is None:
            return _html(message_page("Sign in", "This is more than a name and a password."), 413)
        form = _form_of(body)
        if form is None:
            return _html(message_page("Sign in", "This is not the form of this page."), 400)
        address = request.client.host if request.client else ""
        return await to_thread.run_sync(self._checked, form, address, limiter=self._hashing)

    def _checked(self, form: _Form, address: str) -> Response:
        name = folded(form.name)
        wait = self._throttle.begin(name, address, self._clock())
        if wait > 0:
            seconds = math.ceil(wait)
            unit = "second" if seconds == 1 else "seconds"
            said = f"Too many attempts: try again in {seconds} {unit}."
            response = _html(form_page(form.following, said=said, name=form.name), 429)
            response.headers["Retry-After"] = str(seconds)
            return response
        try:
            return self._answered(form, name, address)
        except RadalikeError as exc:
            return _unavailable(exc)

    def _answered(self, form: _Form, name: str, address: str) -> Response:
        """Raises RadalikeError: what cannot be read or audited lets nobody in."""
        door = self._entrance.door()
        engine = door.library.catalog.engine
        door.directory.refresh()
        known = door.directory.person(name)
        if check_password(engine, name, form.password) is None or known is None:
            person = find_person(engine, name)
            named = UNKNOWN_NAME if person is None else person.name
            door.library.audit.write(named, AuditAction.SIGN_IN_REFUSED)
            said = "That name and password do not match."
            return _html(form_page(form.following, said=said, name=form.name), 401)
        door.library.audit.write(known.name, AuditAction.SIGN_IN)
        self._throttle.succeeded(name, address)
        response = RedirectResponse(form.following, status_code=303)
        response.set_cookie(
            door.cookie,
            door.key.issue(known.name, known.password, door.clock()),
            max_age=GOOD_SECONDS,
            path="/",
            secure=door.secure,
            httponly=True,
            samesite="strict",
        )
        return response

    # -- POST /sign-out --------------------------------------------------------------------------

    def _sign_out(self, request: Request) -> Response:
        if not is_own_form(request.headers, self._public_url):
            return _html(message_page("Sign out", "This form was sent from another site."), 403)
        try:
            door = self._entrance.door()
        except RadalikeError as exc:
            return _unavailable(exc)
        response: Response = RedirectResponse(SIGN_IN, status_code=303)
        try:
            known = door.who(request.cookies)
            # Ended first: whoever signs out is out, also where that cannot be audited.
            ticket = door.key.read(request.cookies.get(door.cookie, ""), door.clock())
            if ticket is not None:
                door.sessions.end(ticket.session)
            if known is not None:
                door.library.audit.write(known.name, AuditAction.SIGN_OUT)
        except RadalikeError as exc:
            response = _unavailable(exc)
        response.delete_cookie(
            door.cookie, path="/", secure=door.secure, httponly=True, samesite="strict"
        )
        return response


async def _body(request: Request) -> bytes | None:
    """The request's body; None where it is longer than a form of ours can be."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST_BODY:
            return None
    return bytes(body)


def _form_of(body: bytes) -> _Form | None:
    try:
        fields = parse_qs(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=3,
        )
    except ValueError:
        return None
    name, password = fields.get("name", []), fields.get("password", [])
    if len(name) != 1 or len(password) != 1:
        return None
    return _Form(name[0].strip(), password[0], path_within(fields.get("next", ["/"])[0]))


def _unavailable(error: RadalikeError) -> Response:
    """Told in the log; the page says no more, because anybody can see it."""
    _log.error("nobody can sign in or out: %s", error)
    return _html(
        message_page("Sign in", "The library cannot be opened now. Try again in a minute."), 503
    )


def _html(content: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(content, status, headers={"Content-Security-Policy": POLICY})

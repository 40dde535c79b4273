from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from radalike.access import Role
from radalike.catalog.people import remove_person, set_disabled, set_roles
from radalike.library import Library
from search_ui.access.directory import REFRESH_SECONDS, Directory
from search_ui.access.mode import SignIn
from tests.search_ui.access.guarded_site import PAGE, Clock, Site, site_of

_GUARDED = [
    "/",
    "/browse",
    "/static/js/index.js",
    "/media/abc.png",
    "/thumbnails/abc/1/2",
    "/component/a/index.html",
    "/_stcore/host-config",
    "/_stcore/metrics",
    "/_stcore/upload_file/a/b",
    "/_stcore/agent/openapi.json",
    "/_stcore/script-health-check",
    "/_stcore/health/",
    "/_stcore//health",
    "/sign-in/",
    "/sign-in/../browse",
    "//sign-in",
    "/SIGN-IN",
    "/auth/login",
]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_is_served_to_nobody(site: Site, method: str) -> None:
    for path in _GUARDED:
        answer = site.client.request(method, f"http://testserver{path}")
        assert (path, answer.status_code) == (path, 401)
        assert answer.text in ("sign in first", "")


def test_the_open_pages_are_open_for_what_they_do_only(site: Site) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        for path in ("/sign-in", "/sign-out", "/_stcore/health"):
            assert site.client.request(method, path).status_code == 401
    assert site.client.get("/sign-out").status_code == 401


def test_pages_lead_to_the_sign_in_page(site: Site) -> None:
    for headers in (PAGE, {"sec-fetch-dest": "document"}):
        answer = site.client.get("/browse?a=%2F&b=c", headers=headers)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?next=%2Fbrowse%3Fa%3D%252F%26b%3Dc"
    picture = site.client.get("/media/a.png", headers={"sec-fetch-dest": "image", **PAGE})
    assert picture.status_code == 401


def test_a_socket_is_refused_before_it_is_open(site: Site) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        site.client.websocket_connect("/_stcore/stream"),
    ):
        pytest.fail("open")
    site.sign_in()
    with site.client.websocket_connect("/_stcore/stream") as socket:
        assert socket.receive_text() == "behind the gate"


def test_monitoring_needs_nobody(site: Site) -> None:
    assert site.client.get("/_stcore/health").text == "ok"


def test_what_is_no_cookie_of_ours_is_nobodys(site: Site) -> None:
    name = site.entrance.door().cookie
    for cookie in ("", "a", ".", "a.b", "é.é", "x" * 5000):
        header = f"{name}={cookie}".encode()
        answer = site.client.get("/", headers=[(b"cookie", header), (b"accept", b"text/html")])
        assert answer.status_code == 303


def test_who_is_removed_or_disabled_is_out(site: Site) -> None:
    engine = site.library.catalog.engine
    site.sign_in()
    directory = site.entrance.door().directory
    set_disabled(engine, "ada", True)
    directory.refresh()
    assert site.client.get("/", headers=PAGE).status_code == 303
    set_disabled(engine, "ada", False)
    directory.refresh()
    assert site.client.get("/", headers=PAGE).status_code == 200
    remove_person(engine, "ada")
    directory.refresh()
    assert site.client.get("/", headers=PAGE).status_code == 303


def test_roles_are_asked_again_after_seconds(library: Library) -> None:
    clock = Clock()
    directory = Directory(library.catalog.engine, clock)

    def roles() -> set[Role]:
        known = directory.person("ADA")
        assert known is not None
        return set(known.roles)

    assert roles() == {Role.READER}
    set_roles(library.catalog.engine, "ada", [Role.CURATOR])
    clock.now = REFRESH_SECONDS - 0.1
    assert directory.is_fresh
    assert roles() == {Role.READER}
    clock.now = REFRESH_SECONDS
    assert not directory.is_fresh
    assert roles() == {Role.CURATOR}
    assert directory.person("") is None
    assert directory.person("a b") is None


def test_where_nobody_signs_in_all_is_open(library: Library) -> None:
    for site in site_of(library, SignIn.NONE):
        assert site.client.get("/browse").text == "behind the gate: /browse"


def test_with_a_provider_the_empty_shell_is_open(provider_site: Site) -> None:
    client: TestClient = provider_site.client
    for path in ("/", "/static/js/index.js", "/auth/login", "/oauth2callback", "/_stcore/health"):
        assert client.get(path).status_code == 200
    with client.websocket_connect("/_stcore/stream") as socket:
        assert socket.receive_text() == "behind the gate"
    for path in ("/media/a.png", "/thumbnails/a/1/b", "/_stcore/agent/mcp", "/browse", "/sign-in"):
        assert client.get(path).status_code == 401
    for method in ("PUT", "DELETE", "OPTIONS"):
        assert client.request(method, "/_stcore/upload_file/a/b").status_code == 401
    assert client.post("/static/a").status_code == 401
    away = client.get("/browse", headers=PAGE)
    assert (away.status_code, away.headers["location"]) == (303, "/")


def test_every_answer_has_the_headers(site: Site) -> None:
    for path in ("/", "/_stcore/health", "/sign-in", "/media/a"):
        headers = site.client.get(path, headers=PAGE).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"

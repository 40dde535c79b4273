from __future__ import annotations

import logging
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from radalike.access import Role
from radalike.catalog.people import (
    add_person,
    remove_person,
    set_disabled,
    set_password,
)
from radalike.library import Library
from search_ui.access.cookie import CookieKey
from search_ui.access.door import Entrance
from search_ui.access.mode import SignIn
from tests.search_ui.access.guarded_site import PAGE, PASSWORD, Site, settings_of, site_of

_WRONG = "That name and password do not match."


def test_who_signs_in_gets_where_they_were_going(site: Site) -> None:
    away = site.client.get("/browse?modality=CT&page=2", headers=PAGE)
    assert away.status_code == 303
    form = site.client.get(away.headers["location"], headers=PAGE)
    assert form.status_code == 200
    assert 'value="/browse?modality=CT&amp;page=2"' in form.text
    answer = site.sign_in(following="/browse?modality=CT&page=2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/browse?modality=CT&page=2")
    assert site.client.get("/browse", headers=PAGE).text == "behind the gate: /browse"
    assert site.audited() == [("ada", "sign_in")]


def test_the_page_needs_no_script_and_nothing_from_elsewhere(site: Site) -> None:
    page = site.client.get("/sign-in")
    assert "Research use only, not a medical device" in page.text
    assert "<script" not in page.text
    assert "http" not in page.text.replace("http-equiv", "")
    assert 'autocomplete="username"' in page.text
    assert 'autocomplete="current-password"' in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["cache-control"] == "no-store"


def test_the_cookie(site: Site) -> None:
    cookie = next(iter(SimpleCookie(site.sign_in().headers["set-cookie"]).values()))
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "strict", "/")
    assert (cookie["max-age"], cookie["secure"]) == ("43200", "")


def test_the_cookie_under_tls(library: Library) -> None:
    for site in site_of(library, public_url="https://testserver"):
        site.origin = {"origin": "https://testserver"}
        cookie = next(iter(SimpleCookie(site.sign_in().headers["set-cookie"]).values()))
        assert cookie["secure"] is True
        assert cookie["domain"] == ""
        assert cookie.key.startswith("__Host-")
        assert site.client.get("/", headers=PAGE).status_code == 200


def test_names_are_compared_without_case(site: Site) -> None:
    assert site.sign_in(" ADA ").status_code == 303
    assert site.audited() == [("ada", "sign_in")]


@pytest.mark.parametrize(
    ("name", "password", "named"),
    [
        ("ada", "wrong password", "ada"),
        ("ada", "", "ada"),
        ("ada", PASSWORD + " of bo", "ada"),
        ("nobody", PASSWORD, "unknown"),
        ("eve@example.org", "", "eve@example.org"),
        ("ada\0", PASSWORD, "unknown"),
        ("' OR 1=1 --", PASSWORD, "unknown"),
        ("<script>alert(1)</script>", PASSWORD, "unknown"),
        ("ada", "x" * 2000, "ada"),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(
    site: Site, name: str, password: str, named: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = site.sign_in(name, password)
    assert answer.status_code == 401
    assert answer.text.count(_WRONG) == 1
    assert "set-cookie" not in answer.headers
    assert "<script" not in answer.text
    assert site.audited() == [(named, "sign_in_refused")]
    assert all(not entry.detail for entry in site.audit())
    assert not password or password not in answer.text
    assert not password or password not in caplog.text


def test_who_is_disabled_does_not_get_in(site: Site) -> None:
    set_disabled(site.library.catalog.engine, "ada", True)
    answer = site.sign_in()
    assert (answer.status_code, _WRONG in answer.text) == (401, True)
    assert site.audited() == [("ada", "sign_in_refused")]


@pytest.mark.parametrize(
    "following", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example"]
)
def test_nobody_is_led_elsewhere(site: Site, following: str) -> None:
    form = site.client.get("/sign-in", params={"next": following})
    assert 'name="next" value="/"' in form.text
    assert site.sign_in(following=following).headers["location"] == "/"
    assert site.client.get("/sign-in", params={"next": following}).headers["location"] == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "origin": "http://testserver"},
    ],
)
def test_forms_of_other_sites_are_not_taken(site: Site, headers: dict[str, str]) -> None:
    form = {"name": "ada", "password": PASSWORD}
    answer = site.client.post("/sign-in", data=form, headers=headers)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    site.sign_in()
    assert site.client.post("/sign-out", headers=headers).status_code == 403
    assert site.client.get("/", headers=PAGE).status_code == 200


def test_what_is_not_the_form_is_not_read(site: Site) -> None:
    def post(content: bytes, kind: str = "application/x-www-form-urlencoded") -> int:
        headers = site.origin | {"content-type": kind}
        return site.client.post("/sign-in", content=content, headers=headers).status_code

    form = b"name=ada&password=" + PASSWORD.replace(" ", "+").encode()
    assert post(form + b"&next=/" + b"a" * 8192) == 413
    assert post(form, "application/json") == 415
    assert post(form, "multipart/form-data; boundary=x") == 415
    assert post(b"name=ada") == 400
    assert post(b"name=ada&name=bo&password=x") == 400
    assert post(b"name=ada&password=%ff") == 400
    assert post(b"\xff\xfe") == 400
    assert post(b"&".join([b"name=a"] * 1000)) == 400
    assert post(form) == 303


def test_after_five_failures_one_waits(site: Site) -> None:
    for _ in range(5):
        assert site.sign_in(password="wrong").status_code == 401
    refused = site.sign_in()
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert "try again in 1 second." in refused.text
    assert len(site.audit()) == 5
    site.clock.now = 1.0
    assert site.sign_in(password="wrong").status_code == 401
    site.clock.now = 1.5
    assert "try again in 2 seconds." in site.sign_in().text
    site.clock.now = 3.0
    assert site.sign_in().status_code == 303


def test_who_does_not_exist_waits_the_same(site: Site) -> None:
    answers = [site.sign_in("nobody", "wrong").status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


def test_signing_out_ends_the_session_everywhere(site: Site) -> None:
    site.sign_in()
    kept = dict(site.client.cookies)
    answer = site.client.post("/sign-out", headers=site.origin)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert dict(site.client.cookies) == {}
    site.client.cookies.update(kept)
    assert site.client.get("/", headers=PAGE).status_code == 303
    assert site.audited() == [("ada", "sign_in"), ("ada", "sign_out")]


def test_signing_out_is_a_form(site: Site) -> None:
    site.sign_in()
    site.client.get("/sign-out", headers=PAGE)
    assert site.client.get("/", headers=PAGE).status_code == 200


def test_who_is_in_is_not_asked_again(site: Site) -> None:
    site.sign_in()
    answer = site.client.get("/sign-in?next=/browse")
    assert (answer.status_code, answer.headers["location"]) == (303, "/browse")


def test_a_link_on_another_site_is_followed_from_here(site: Site) -> None:
    site.sign_in()
    kept = dict(site.client.cookies)
    site.client.cookies.clear()  # as SameSite=Strict has it
    away = {"sec-fetch-site": "cross-site", **PAGE}
    onward = site.client.get("/sign-in?next=/%3Flike%3Da", headers=away)
    assert 'content="0;url=/sign-in?next=%2F%3Flike%3Da"' in onward.text
    site.client.cookies.update(kept)
    here = {"sec-fetch-site": "same-origin", **PAGE}
    answer = site.client.get("/sign-in?next=%2F%3Flike%3Da", headers=here)
    assert answer.headers["location"] == "/?like=a"


def test_a_library_without_people_says_how_to_begin(site: Site) -> None:
    for name in ("ada", "bo"):
        remove_person(site.library.catalog.engine, name)
    page = site.client.get("/sign-in")
    assert "radalike people add NAME --role admin" in page.text
    assert "<form" not in page.text


def test_who_was_just_added_gets_in_at_once(site: Site) -> None:
    site.client.get("/sign-in")
    add_person(site.library.catalog.engine, "cy", [Role.READER], "a long password")
    assert site.sign_in("cy", "a long password").status_code == 303
    assert site.client.get("/", headers=PAGE).status_code == 200


def test_a_password_that_is_changed_ends_sessions(site: Site) -> None:
    site.sign_in()
    set_password(site.library.catalog.engine, "ada", "another long password")
    site.entrance.door().directory.refresh()
    assert site.client.get("/", headers=PAGE).status_code == 303


def test_a_name_that_is_given_again_is_another_person(site: Site) -> None:
    site.sign_in()
    remove_person(site.library.catalog.engine, "ada")
    add_person(site.library.catalog.engine, "ada", [Role.ADMIN], PASSWORD)
    site.entrance.door().directory.refresh()
    assert site.client.get("/", headers=PAGE).status_code == 303


def test_what_cannot_be_audited_is_not_done(site: Site) -> None:
    engine = site.library.catalog.engine
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    answer = site.sign_in()
    assert (answer.status_code, "set-cookie" in answer.headers) == (503, False)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER full")
    site.sign_in()
    kept = dict(site.client.cookies)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    assert site.client.post("/sign-out", headers=site.origin).status_code == 503
    site.client.cookies.update(kept)
    assert site.client.get("/", headers=PAGE).status_code == 303


def test_a_library_that_is_not_there_lets_nobody_in(site: Site, tmp_path: Path) -> None:
    key = site.library.layout.key
    key.rename(tmp_path / "key")
    assert site.client.get("/sign-in").status_code == 503
    assert site.sign_in().status_code == 503
    assert site.client.get("/", headers=PAGE).status_code == 503
    (tmp_path / "key").rename(key)
    assert site.sign_in().status_code == 303


def test_a_cookie_of_another_library_is_not_taken(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    with Library.open(folder, create=True, settings=settings_of(folder)) as other:
        add_person(other.catalog.engine, "ada", [Role.ADMIN], PASSWORD)
        entrance = Entrance(folder, settings_of(folder), SignIn.PASSWORD)
        door = entrance.door()
        known = door.directory.person("ada")
        assert known is not None
        cookie = door.key.issue(known.name, known.password, door.clock())
        own = site.entrance.door().cookie
        for name in (own, door.cookie):
            site.client.cookies.set(name, cookie)
        assert site.client.get("/", headers=PAGE).status_code == 303
        entrance.close()


def test_a_cookie_that_expired_is_not_taken(site: Site) -> None:
    door = site.entrance.door()
    known = door.directory.person("ada")
    assert known is not None
    for age, status in ((12 * 3600 + 5, 303), (12 * 3600 - 60, 200)):
        cookie = door.key.issue("ada", known.password, door.clock() - age)
        site.client.cookies.set(door.cookie, cookie)
        assert site.client.get("/", headers=PAGE).status_code == status


def test_nobody_gets_in_with_the_librarys_key_as_it_is(site: Site) -> None:
    door = site.entrance.door()
    known = door.directory.person("ada")
    assert known is not None
    raw = CookieKey(site.library.layout.key.read_bytes())
    site.client.cookies.set(door.cookie, raw.issue("ada", known.password, door.clock()))
    assert site.client.get("/", headers=PAGE).status_code == 303

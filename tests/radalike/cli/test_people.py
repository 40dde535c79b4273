"""`radalike people`."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from radalike.catalog import people
from radalike.catalog.people import check_password
from radalike.library import Library
from radalike.settings import load_settings
from tests.radalike.cli.conftest import Radalike

SECRET = "correct horse battery"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "_LOG_N", 10)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty library, of which no vector is asked."""
    with Library.open(tmp_path / "library", create=True, settings=load_settings()) as opened:
        return opened.layout.root


Ask = Callable[..., object]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def signs_in(root: Path, name: str, password: str) -> bool:
    with Library.open(root) as library:
        return check_password(library.catalog.engine, name, password) is not None


def changes(root: Path) -> list[tuple[str, str]]:
    with Library.open(root) as library:
        entries = list(library.audit.each())
    assert {entry.action for entry in entries} <= {"people_changed"}
    assert all(entry.who.startswith("command line: ") for entry in entries)
    return [(entry.detail["person"], entry.detail["change"]) for entry in entries]


def test_somebody_comes_and_goes(
    radalike: Radalike, root: Path, typed: Callable[[str], None]
) -> None:
    at = ("--library", root)
    assert "Nobody is here yet" in radalike("people", "list", *at).words
    assert radalike("people", "list", *at, "--json").json == []
    typed(SECRET + "\n")
    roles = ("--role", "reader", "--role", "curator")
    answer = radalike("people", "add", "Jane", *roles, "--password-stdin", *at)
    assert (answer.code, answer.out) == (0, "jane may sign in as reader, curator.\n")
    assert signs_in(root, "jane", SECRET)
    (listed,) = radalike("people", "list", *at, "--json").json
    assert listed.pop("created_at")
    assert listed == {
        "name": "jane",
        "roles": ["reader", "curator"],
        "signs_in_by": "password",
        "disabled": False,
    }
    typed("another long one\n")
    assert radalike("people", "password", "jane", "--password-stdin", *at).code == 0
    assert signs_in(root, "jane", "another long one")
    assert radalike("people", "roles", "JANE", "--role", "auditor", *at, "--json").json[
        "roles"
    ] == ["auditor"]
    assert radalike("people", "disable", "jane", *at).words == "jane cannot sign in now."
    assert not signs_in(root, "jane", "another long one")
    assert "disabled" in radalike("people", "list", *at).out
    assert radalike("people", "enable", "jane", *at).code == 0
    assert signs_in(root, "jane", "another long one")
    assert radalike("people", "remove", "jane", *at, "--json").json == {"removed": "jane"}
    assert radalike("people", "list", *at, "--json").json == []
    steps = ("added", "password", "roles", "disabled", "enabled", "removed")
    assert changes(root) == [("jane", step) for step in steps]


def test_those_of_oidc(radalike: Radalike, root: Path) -> None:
    at = ("--library", root)
    answer = radalike("people", "add", "j@x.example", "--role", "admin", "--oidc", *at, "--json")
    assert (answer.code, answer.json["signs_in_by"]) == (0, "oidc")
    both = radalike("people", "add", "k", "--role", "admin", "--oidc", "--password-stdin", *at)
    assert both.code == 2


def test_the_password_is_asked_for_twice_without_echo(
    radalike: Radalike, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    answers = iter([SECRET, "not the same", SECRET, SECRET])
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("typer._click.termui.hidden_prompt_func", lambda _: next(answers))
    answer = radalike("people", "add", "jane", "--role", "reader", "--library", root)
    assert answer.code == 0, answer.err
    assert SECRET not in answer.out + answer.err
    assert list(answers) == []
    assert signs_in(root, "jane", SECRET)


def test_what_cannot_be(radalike: Radalike, root: Path, typed: Callable[[str], None]) -> None:
    at = ("--library", root)
    add = ("people", "add", "jane")
    typed("")
    assert "nobody can be asked" in radalike(*add, "--role", "reader", *at).err
    typed("short\n")
    answer = radalike(*add, "--role", "reader", "--password-stdin", *at)
    assert (answer.code, answer.out) == (2, "")
    assert "at least 12 characters" in answer.err
    assert radalike(*add, *at).code == 2
    assert radalike(*add, "--role", "king", *at).code == 2
    assert radalike(*add, "--role", "reader", "--oidc", *at).code == 0
    assert "here already" in radalike(*add, "--role", "reader", "--oidc", *at).err
    for command in ("remove", "disable", "enable"):
        answer = radalike("people", command, "jan", *at)
        assert answer.code == 2
        assert "Did you mean jane?" in answer.err
    typed(SECRET)
    assert radalike("people", "password", "jan", "--password-stdin", *at).code == 2
    assert changes(root) == [("jane", "added")]

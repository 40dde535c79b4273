from __future__ import annotations

import hashlib
from typing import Any

import pytest
from sqlalchemy import select

from radalike.access import Role
from radalike.catalog import people
from radalike.catalog.people import (
    add_person,
    check_password,
    everybody,
    find_person,
    folded_name,
    hash_password,
    remove_person,
    set_disabled,
    set_password,
    set_roles,
)
from radalike.catalog.schema import people as table
from radalike.catalog.store import Catalog
from radalike.errors import DuplicateName, UnknownName, UsageError

SECRET = "correct horse battery"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 1 MB instead of 32."""
    monkeypatch.setattr(people, "_LOG_N", 10)
    monkeypatch.setattr(people, "_NOBODY", people._NOBODY.replace("ln=15", "ln=10"))


def test_somebody_signs_in(catalog: Catalog) -> None:
    engine = catalog.engine
    added = add_person(engine, "Jane", [Role.CURATOR, Role.READER], SECRET)
    assert (added.name, added.roles) == ("jane", {Role.READER, Role.CURATOR})
    assert check_password(engine, " JANE ", SECRET) == added
    assert find_person(engine, "jAnE") == added
    assert everybody(engine) == [added]
    for name, password in (("jane", SECRET + "."), ("jane", ""), ("john", SECRET), ("", SECRET)):
        assert check_password(engine, name, password) is None


def test_names_are_compared_without_case_and_are_taken_once(catalog: Catalog) -> None:
    add_person(catalog.engine, "Zoë@Straße.example", [Role.READER], None)
    for same in ("zoë@strasse.example", "ZOE\u0308@STRASSE.EXAMPLE", "zoë@straße.example\n"):
        assert find_person(catalog.engine, same) is not None
        with pytest.raises(DuplicateName, match="here already"):
            add_person(catalog.engine, same, [Role.ADMIN], SECRET)


@pytest.mark.parametrize("name", ["", "  ", "a b", "a\0b", "a\nb", "x" * 255, "\ud800"])
def test_what_cannot_be_a_name(catalog: Catalog, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a name"):
        add_person(catalog.engine, name, [Role.READER], None)
    assert find_person(catalog.engine, name) is None
    assert check_password(catalog.engine, name, SECRET) is None


def test_those_of_oidc_have_no_password(catalog: Catalog) -> None:
    person = add_person(catalog.engine, "j@x.example", [Role.READER], None)
    assert not person.has_password
    for password in ("", SECRET, "None"):
        assert check_password(catalog.engine, "j@x.example", password) is None


def test_who_is_disabled_cannot_sign_in(catalog: Catalog) -> None:
    add_person(catalog.engine, "jane", [Role.READER], SECRET)
    set_disabled(catalog.engine, "Jane", disabled=True)
    assert check_password(catalog.engine, "jane", SECRET) is None
    assert everybody(catalog.engine)[0].disabled
    set_disabled(catalog.engine, "jane", disabled=False)
    assert check_password(catalog.engine, "jane", SECRET) is not None


def test_roles_and_passwords_change_and_people_go(catalog: Catalog) -> None:
    engine = catalog.engine
    add_person(engine, "jane", [Role.READER], SECRET)
    set_roles(engine, "JANE", [Role.AUDITOR])
    set_password(engine, "jane", "another long one")
    assert check_password(engine, "jane", SECRET) is None
    person = check_password(engine, "jane", "another long one")
    assert person is not None
    assert person.roles == {Role.AUDITOR}
    with pytest.raises(UsageError, match="no role"):
        set_roles(engine, "jane", [])
    remove_person(engine, "jane")
    assert everybody(engine) == []
    for change in (remove_person, lambda *who: set_roles(*who, [Role.READER])):
        with pytest.raises(UnknownName, match="unknown person 'jane'"):
            change(engine, "jane")


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("x" * 11, False),
        ("x" * 12, True),
        ("é" * 12, True),
        ("x" * 1024, True),
        ("x" * 1025, False),
        ("é" * 513, False),
    ],
)
def test_how_long_a_password_is(catalog: Catalog, password: str, good: bool) -> None:
    if not good:
        with pytest.raises(UsageError, match=f"has {len(password)} characters") as caught:
            add_person(catalog.engine, "jane", [Role.READER], password)
        assert password not in f"{caught.value}{caught.value.hint}"
        return
    add_person(catalog.engine, "jane", [Role.READER], password)
    assert check_password(catalog.engine, "jane", password) is not None
    assert check_password(catalog.engine, "jane", password * 1025) is None


def test_accents_may_be_composed_in_either_way(catalog: Catalog) -> None:
    add_person(catalog.engine, "jane", [Role.READER], "cafe\u0301 au lait 1")
    assert check_password(catalog.engine, "jane", "café au lait 1") is not None


def test_what_is_kept_is_scrypt_with_its_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    first, second = hash_password(SECRET), hash_password(SECRET)
    assert first != second
    assert first.startswith("$scrypt$ln=15,r=8,p=1$")
    salt, hashed = (people._decoded(part) for part in first.split("$")[3:])
    expected = hashlib.scrypt(
        SECRET.encode(), salt=salt, n=2**15, r=8, p=1, maxmem=64 << 20, dklen=32
    )
    assert (len(salt), hashed) == (16, expected)


def test_passwords_of_other_parameters_still_match(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_person(catalog.engine, "jane", [Role.READER], SECRET)
    monkeypatch.setattr(people, "_LOG_N", 11)
    monkeypatch.setattr(people, "_BLOCK", 4)
    add_person(catalog.engine, "john", [Role.READER], SECRET)
    with catalog.engine.connect() as connection:
        kept = connection.scalars(select(table.c.password).order_by(table.c.name)).all()
    assert [each.split("$")[2] for each in kept] == ["ln=10,r=8,p=1", "ln=11,r=4,p=1"]
    assert check_password(catalog.engine, "jane", SECRET) is not None
    assert check_password(catalog.engine, "john", SECRET) is not None


def test_every_wrong_sign_in_costs_the_same(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted by the work, which decides the time: one scrypt of the same parameters."""
    add_person(catalog.engine, "jane", [Role.READER], SECRET)
    add_person(catalog.engine, "oidc", [Role.READER], None)
    add_person(catalog.engine, "gone", [Role.READER], SECRET)
    set_disabled(catalog.engine, "gone", disabled=True)
    costs: list[Any] = []
    scrypt = people._scrypt
    monkeypatch.setattr(people, "_scrypt", lambda *each: (costs.append(each[2:]), scrypt(*each))[1])
    for name in ("jane", "oidc", "gone", "nobody", "no name"):
        assert check_password(catalog.engine, name, "wrong wrong wrong") is None
    assert costs == [(10, 8, 1)] * 5


def test_a_folded_name_stays_as_it_is() -> None:
    for name in ("Jane", "ZOE\u0308", "ﬁ", "İ"):
        assert folded_name(folded_name(name)) == folded_name(name)

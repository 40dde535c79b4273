"""`radalike people`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radalike.access import Role
from radalike.cli.audited import operator
from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table
from radalike.cli.session import open_library

if TYPE_CHECKING:
    from radalike.catalog.people import Person
    from radalike.library import Library

NameArgument = Annotated[str, typer.Argument(help="User name, or the e-mail address of OIDC.")]
RoleOption = Annotated[list[Role], typer.Option("--role", help="May be given several times.")]
FromInputOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


def register(app: typer.Typer) -> None:
    people = typer.Typer(no_args_is_help=True, help="Who may sign in to the search page.")
    people.command("list")(list_)
    people.command("add")(add)
    people.command("remove")(remove)
    people.command("roles")(roles)
    people.command("password")(password)
    people.command("disable")(disable)
    people.command("enable")(enable)
    app.add_typer(people, name="people")


def list_(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Everybody who may sign in, and their roles.

    Example: radalike people list
    """
    from radalike.catalog.people import everybody

    with open_library(library) as opened:
        found = everybody(opened.catalog.engine)
    if as_json:
        print_json([_as_json(person) for person in found])
    elif found:
        columns = ("name", "roles", "signs in by", "since (UTC)", "")
        print_table("", columns, map(_row, found))
    else:
        typer.echo("Nobody is here yet: `radalike people add NAME --role admin` adds somebody.")


def add(
    name: NameArgument,
    role: RoleOption,
    oidc: Annotated[
        bool, typer.Option("--oidc", help="Signs in through OIDC, without a password here.")
    ] = False,
    from_input: FromInputOption = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let somebody sign in. The password is asked for; it is never an argument.

    Example: radalike people add jane --role reader --role curator
    """
    from radalike.catalog.people import add_person
    from radalike.errors import UsageError

    if oidc and from_input:
        raise UsageError("with --oidc there is no password", hint="leave out --password-stdin")
    with open_library(library) as opened:
        secret = None if oidc else _password(from_input=from_input)
        person = add_person(opened.catalog.engine, name, role, secret)
        _audit(opened, person.name, "added", roles=_words(person))
    if as_json:
        print_json(_as_json(person))
    else:
        typer.echo(f"{person.name} may sign in as {', '.join(_words(person))}.")


def remove(name: NameArgument, library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Remove somebody. What they did stays in the audit, under their name.

    Example: radalike people remove jane
    """
    from radalike.catalog.people import folded_name, remove_person

    with open_library(library) as opened:
        remove_person(opened.catalog.engine, name)
        _audit(opened, folded_name(name), "removed")
    _say({"removed": folded_name(name)}, f"{folded_name(name)} is removed.", as_json=as_json)


def roles(
    name: NameArgument,
    role: RoleOption,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give somebody these roles, in place of those they had.

    Example: radalike people roles jane --role auditor
    """
    from radalike.catalog.people import set_roles

    with open_library(library) as opened:
        set_roles(opened.catalog.engine, name, role)
        person = _found(opened, name)
        _audit(opened, person.name, "roles", roles=_words(person))
    _say(_as_json(person), f"{person.name} is {', '.join(_words(person))} now.", as_json=as_json)


def password(
    name: NameArgument,
    from_input: FromInputOption = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set somebody's password. It is asked for; it is never an argument.

    Example: radalike people password jane
    """
    from radalike.catalog.people import set_password

    with open_library(library) as opened:
        person = _found(opened, name)
        set_password(opened.catalog.engine, name, _password(from_input=from_input))
        _audit(opened, person.name, "password")
    _say({"changed": person.name}, f"{person.name} has a new password.", as_json=as_json)


def disable(name: NameArgument, library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Keep somebody from signing in, and keep the name and roles.

    Example: radalike people disable jane
    """
    _set_disabled(name, library, disabled=True, as_json=as_json)


def enable(name: NameArgument, library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Let somebody sign in again who was disabled.

    Example: radalike people enable jane
    """
    _set_disabled(name, library, disabled=False, as_json=as_json)


# -- inside ------------------------------------------------------------------------------------


def _set_disabled(name: str, library: Any, *, disabled: bool, as_json: bool) -> None:
    from radalike.catalog.people import set_disabled

    with open_library(library) as opened:
        set_disabled(opened.catalog.engine, name, disabled)
        person = _found(opened, name)
        _audit(opened, person.name, "disabled" if disabled else "enabled")
    verb = "cannot sign in now" if disabled else "may sign in again"
    _say(_as_json(person), f"{person.name} {verb}.", as_json=as_json)


def _found(library: Library, name: str) -> Person:
    """Raises UnknownName."""
    from radalike.catalog.people import everybody, find_person
    from radalike.errors import UnknownName

    engine = library.catalog.engine
    if (person := find_person(engine, name)) is None:
        raise UnknownName("person", name, (each.name for each in everybody(engine)))
    return person


def _password(*, from_input: bool) -> str:
    """Asked twice, without echo. Raises UsageError when nobody can be asked."""
    from radalike.errors import UsageError

    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError("nobody can be asked", hint="--password-stdin reads the password")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return answer


def _audit(library: Library, name: str, change: str, **detail: Any) -> None:
    from radalike.library.audit.audit import AuditAction

    library.audit.write(
        operator(), AuditAction.PEOPLE_CHANGED, person=name, change=change, **detail
    )


def _say(value: object, words: str, *, as_json: bool) -> None:
    if as_json:
        print_json(value)
    else:
        typer.echo(words)


def _words(person: Person) -> list[str]:
    return [role.value for role in Role if role in person.roles]


def _as_json(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "roles": _words(person),
        "signs_in_by": "password" if person.has_password else "oidc",
        "created_at": person.created_at.isoformat(timespec="seconds"),
        "disabled": person.disabled,
    }


def _row(person: Person) -> tuple[str, ...]:
    shown = _as_json(person)
    since = person.created_at.strftime("%Y-%m-%d %H:%M")
    words = ", ".join(shown["roles"])
    return person.name, words, shown["signs_in_by"], since, "disabled" if person.disabled else ""

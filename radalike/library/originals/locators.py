"""Where originals were, as the catalog keeps it, sealed: `file:PATH`, `zip:ARCHIVE!MEMBER`,
`spool:SHA-256`, `dicomweb:…`. Here is how members of archives are written and read.

The path of an archive has its `%` and `!` escaped. Of members of one name, the second ends in NUL
and 2, and so on; one whose own name holds a NUL ends in NUL, # and its place in the directory.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote


def archive_prefix(archive: Path) -> str:
    """What the locators of all members of `archive` begin with."""
    return f"zip:{str(archive).replace('%', '%25').replace('!', '%21')}!"


def told_apart(name: str, index: int, met: int) -> str:
    """The member `name` with what tells it apart: its `index`, or that it is the `met`-th of its
    name (from 1)."""
    if "\0" in name:  # which no name of a file can hold: so these are unique, too
        return f"{name}\0#{index}"
    return name if met <= 1 else f"{name}\0{met}"


def archive_and_member(place: str) -> tuple[str, str]:
    """The path of the archive, and the member as it was told apart, of `ARCHIVE!MEMBER`."""
    archive, _, member = place.partition("!")
    return unquote(archive, errors="surrogateescape"), member


def name_and_place(member: str) -> tuple[str, int, int]:
    """The inverse of `told_apart`: the name, its index (-1 where its name is told), and which of
    its name it is. Raises ValueError."""
    name, separator, which = member.rpartition("\0")
    if not separator:
        return member, -1, 1
    return (name, int(which[1:]), 1) if which.startswith("#") else (name, -1, int(which))

"""Names of files that come from elsewhere: from a hub, from a bundle."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from radalike.errors import WeightsMismatch

_ALLOWED = re.compile(r"[A-Za-z0-9_+=@,() .-]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # on Windows
_CODE = (".py", ".pyc", ".so", ".dll", ".sh", ".exe")
_LONGEST_NAME, _LONGEST_PATH = 200, 800


def check_names(names: Iterable[str]) -> None:
    """Raises WeightsMismatch unless each of `names` stays inside its folder on every system, is
    no program, and no two are the same file or one inside the other."""
    seen: set[str] = set()
    folders: set[str] = set()
    for name in names:
        if not stays_inside(name):
            raise _refused(name, "could be written outside its folder")
        if name.lower().endswith(_CODE):
            raise _refused(name, "is a program, and weights are data")
        folded = name.casefold()
        parents = {str(parent) for parent in PurePosixPath(folded).parents} - {"."}
        if folded in seen or folded in folders or parents & seen:
            raise _refused(name, "is there twice")
        seen.add(folded)
        folders |= parents


def stays_inside(name: str) -> bool:
    """Whether `name` is a plain relative path with `/`, without `.` and `..`, on every system."""
    parts = name.split("/")
    return len(name) <= _LONGEST_PATH and all(
        _ALLOWED.fullmatch(part)
        and len(part) <= _LONGEST_NAME
        and part.strip(". ") != ""
        and not part.endswith((".", " "))
        and not part.startswith(" ")
        and not _RESERVED.fullmatch(part)
        for part in parts
    )


def _refused(name: str, why: str) -> WeightsMismatch:
    return WeightsMismatch(
        f"the file name {name[:80]!r} is refused: it {why}",
        hint="do not use what it came with unless you know who made it",
    )

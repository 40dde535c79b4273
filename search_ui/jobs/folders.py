"""The folders that may be ingested from the page: those of the setting `ingest_roots`, and below.

A folder's name may be a patient's: it is shown to those who choose it, and is in no error and no
log. A root is known by its own name, which whoever runs the server has chosen.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from radalike.errors import UnknownName, UsageError

_MOST_LISTED = 2000


@dataclass(frozen=True, slots=True)
class Folders:
    """names: sorted. left_out: how many more there are that cannot be chosen: links, names that
    are no text, and those that are too many to show."""

    names: tuple[str, ...]
    left_out: int


def named_roots(roots: Sequence[Path]) -> dict[str, Path]:
    """Each root by its name; of several that have the same, the second has " (2)" after it."""
    named: dict[str, Path] = {}
    for root in roots:
        plain = root.absolute().name or str(root)
        numbered = (plain if number == 1 else f"{plain} ({number})" for number in range(1, 1000))
        named[next(name for name in numbered if name not in named)] = root.absolute()
    return named


def folders_below(roots: Mapping[str, Path], root: str, relative: str) -> Folders:
    """The folders directly in the one that `resolve` finds; those that begin with a dot are passed
    over, as an ingest does. Raises what `resolve` does."""
    try:
        with os.scandir(resolve(roots, root, relative)) as entries:
            shown = [entry for entry in entries if not entry.name.startswith(".")]
            folders = [entry.name for entry in shown if entry.is_dir(follow_symlinks=False)]
            links = sum(entry.is_symlink() and os.path.isdir(entry.path) for entry in shown)
    except OSError as exc:
        raise _cannot_be_opened(root) from exc
    names = sorted(name for name in folders if _is_text(name))
    return Folders(tuple(names[:_MOST_LISTED]), links + len(folders) - len(names[:_MOST_LISTED]))


def resolve(roots: Mapping[str, Path], root: str, relative: str) -> Path:
    """The folder `relative` (parts separated by /, "" for the root itself) below `root`, without
    links in its path.

    Raises UnknownName for a root that is not allowed; UsageError when none is, for a path that
    leads out of the root by any means, and for what is no folder that can be opened.
    """
    if not roots:
        raise UsageError(
            "no folder may be ingested from the page",
            hint="start the server with RADALIKE_INGEST_ROOTS=/exports (more of them as in PATH), "
            "or run `radalike ingest` on its command line",
        )
    if root not in roots:
        raise UnknownName("root", root, roots)
    way = PurePosixPath(relative)
    if "\0" in relative or way.is_absolute() or any(part.startswith(".") for part in way.parts):
        raise _leads_out(root)
    try:
        top = roots[root].resolve(strict=True)
        folder = (top / way).resolve(strict=True)
        if not folder.is_relative_to(top):
            raise _leads_out(root)
        os.scandir(folder).close()
    except (OSError, ValueError, RuntimeError) as exc:  # no such folder, no such name, links
        raise _cannot_be_opened(root) from exc
    return folder


def _leads_out(root: str) -> UsageError:
    return UsageError(
        f"only folders below {root} may be ingested",
        hint="choose one from the list; what begins with a dot is passed over",
    )


def _cannot_be_opened(root: str) -> UsageError:
    return UsageError(
        f"that folder below {root} cannot be opened",
        hint="it may have been moved, or the server may lack the right to read it",
    )


def _is_text(name: str) -> bool:
    """Not so for a name that is not UTF-8: it could neither be shown nor come back."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True

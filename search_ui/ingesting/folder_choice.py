"""Which folder is to be ingested: a root, and the way down from it, one level at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from search_ui.jobs.folders import Folders
from search_ui.words import count_title


@dataclass(frozen=True, slots=True)
class Place:
    """The folder `below` (its names, from the top) the root of that name."""

    root: str
    below: tuple[str, ...] = ()

    @property
    def relative(self) -> str:
        """As `search_ui.jobs.folders.resolve` takes it."""
        return "/".join(self.below)

    @property
    def way(self) -> str:
        """`exports / 2026 / ward 3`."""
        return " / ".join((self.root, *self.below))

    def into(self, name: str) -> Place:
        return Place(self.root, (*self.below, name))

    def up(self) -> Place:
        return Place(self.root, self.below[:-1])


def place_of(kept: Place | None, roots: Iterable[str]) -> Place | None:
    """Where the chooser is: where it was left, or at the first root; None where there is none."""
    known = list(roots)
    if kept is not None and kept.root in known:
        return kept
    return Place(known[0]) if known else None


def folders_in_words(folders: Folders) -> str:
    """`12 folders here`, and how many of them cannot be chosen."""
    here = count_title(len(folders.names), "folder") if folders.names else "No folders"
    more = f"; {folders.left_out:,} more cannot be chosen here" if folders.left_out else ""
    return f"{here} in this one{more}"

"""What can be wrong with a row or a vector, and the tally of it."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from radalike.errors import RejectCode
from radalike.storage import export_errors, replaced

_NAMED = 3


class Problem(StrEnum):
    """Why a manifest's row has no place, or a vector none."""

    NO_VECTOR = "NoVector"
    NO_ROW = "NoRow"
    LISTED_TWICE = "ListedTwice"
    IN_SEVERAL_FILES = "InSeveralFiles"
    WRONG_DIMENSION = "WrongDimension"
    WRONG_TYPE = "WrongType"
    NOT_FINITE = "NotFinite"
    ZERO = "Zero"
    NOT_UNIT = "NotUnitLength"
    UNREADABLE = str(RejectCode.UNREADABLE)
    LEADS_OUT = "LeadsOut"
    PATH_ESCAPE = str(RejectCode.PATH_ESCAPE)
    INVALID_LABELS = str(RejectCode.INVALID_LABELS)
    INVALID_ATTRIBUTES = str(RejectCode.INVALID_ATTRIBUTES)
    OTHER_VECTOR = "OtherVector"


MEANINGS: dict[Problem, str] = {
    Problem.NO_VECTOR: "rows of a manifest without a vector",
    Problem.NO_ROW: "vectors without a row in a manifest",
    Problem.LISTED_TWICE: "rows whose filepath another row has, too: nobody can say which is meant",
    Problem.IN_SEVERAL_FILES: "rows with a vector in several files: import one data set at a time",
    Problem.WRONG_DIMENSION: "vectors of another length than most, or not one-dimensional",
    Problem.WRONG_TYPE: "vectors that are not float32",
    Problem.NOT_FINITE: "vectors with NaN or infinity",
    Problem.ZERO: "vectors that are zero",
    Problem.NOT_UNIT: "vectors that are not of unit length: --normalise makes them so",
    Problem.UNREADABLE: "vectors that cannot be read: the file is damaged",
    Problem.LEADS_OUT: "keys that lead to another place or another file (links)",
    Problem.PATH_ESCAPE: "names that lead out of their folder (../)",
    Problem.INVALID_LABELS: "rows with several labels, or with a label that is neither 0 nor 1",
    Problem.INVALID_ATTRIBUTES: "rows whose split is not train, val or test",
    Problem.OTHER_VECTOR: "images that have another vector of this encoder in the library already",
}


@dataclass(slots=True)
class Tally:
    """Counts by problem, and the first names of each: those of the data set itself, which are
    public. `listing`, where one is open, gets a line for each."""

    listing: Listing | None = None
    counts: Counter[Problem] = field(default_factory=Counter)
    first: dict[Problem, list[str]] = field(default_factory=dict)

    def add(self, problem: Problem, name: str, dataset: str = "") -> None:
        self.counts[problem] += 1
        names = self.first.setdefault(problem, [])
        if len(names) < _NAMED:
            names.append(printable(name))
        if self.listing is not None:
            self.listing.write(problem, dataset, name)


class Listing:
    """A CSV of all that is left out: problem, dataset, filepath."""

    def __init__(self, file: TextIO) -> None:
        self._rows = csv.writer(file, lineterminator="\n")
        self._rows.writerow(("problem", "dataset", "filepath"))

    def write(self, problem: Problem, dataset: str, name: str) -> None:
        self._rows.writerow((problem, printable(dataset), printable(name)))


@contextmanager
def listing_in(path: Path) -> Iterator[Listing]:
    """A listing that is in `path` when this is left normally. Raises UsageError when it cannot be
    written there, StorageFull."""
    with (
        export_errors(path),
        replaced(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        yield Listing(file)


def printable(name: str) -> str:
    """A name as it can be shown and written: what is not UTF-8, or no character to print, is spelt
    out."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )

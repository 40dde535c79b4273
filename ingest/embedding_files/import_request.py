"""What an import is asked to do, and how it tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LISTING = "import-left-out.csv"

Progress = Callable[[str, int, int | None], None]
"""Called with a stage of STAGES, how much of it is done, and how much there is, where known."""

STAGES = ("rows listed", "vectors listed", "rows checked", "rows imported")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What is to be imported. name, description: of the encoder (see `imported_spec`).

    normalise: bring vectors of any length to length 1. allow_missing: import what is whole.
    left_out: file for the names of what is not; with allow_missing by default in the library.
    """

    files: tuple[Path, ...]
    manifests: tuple[Path, ...]
    name: str
    description: str = ""
    normalise: bool = False
    allow_missing: bool = False
    left_out: Path | None = None

"""What a long search has found so far, kept on disk, so that it goes on after an interruption."""

from __future__ import annotations

import hashlib
import os
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from eval.exact_neighbours import Neighbours
from radalike.storage import storage_errors

EVERY_SECONDS = 10.0


class Checkpoint:
    """One search's state, by a hash of all that its result depends on: what another search left is
    never taken for it. A file that cannot be read counts as none: the search begins again."""

    def __init__(self, folder: Path, depends_on: Iterable[bytes]) -> None:
        digest = hashlib.sha256()
        for part in depends_on:
            digest.update(hashlib.sha256(part).digest())
        self._path = folder / f"search-{digest.hexdigest()[:32]}.npz"
        self._saved = time.monotonic()

    def load(self) -> tuple[Neighbours, int] | None:
        """What was found, and in how many chunks."""
        try:
            with self._path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                return Neighbours(file["rows"], file["scores"]), int(file["chunks"])
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
            return None

    def save(self, found: Neighbours, chunks: int) -> None:
        """Cheap when the last time was less than EVERY_SECONDS ago. Raises StorageFull."""
        if time.monotonic() - self._saved < EVERY_SECONDS:
            return
        temporary = self._path.with_suffix(f".{os.getpid()}.tmp")
        with storage_errors():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with temporary.open("wb") as file:
                    np.savez(file, rows=found.rows, scores=found.scores, chunks=chunks)
                temporary.replace(self._path)
            finally:
                temporary.unlink(missing_ok=True)
        self._saved = time.monotonic()

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)

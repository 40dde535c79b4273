"""Arrays that a long computation needs to go on after an interruption, kept on disk."""

from __future__ import annotations

import hashlib
import os
import time
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from radalike.storage import storage_errors

EVERY_SECONDS = 10.0

Arrays: TypeAlias = Mapping[str, npt.NDArray[Any]]


class SavedState:
    """One computation's arrays, by a hash of all that its result depends on: what another one left
    is never taken for it. A file that cannot be read counts as none. Without a folder, nothing is
    kept."""

    def __init__(
        self, folder: Path | None, kind: str, depends_on: Iterable[bytes | npt.NDArray[Any]]
    ) -> None:
        self._path: Path | None = None
        if folder is not None:
            digest = hashlib.sha256()
            for part in depends_on:
                content = part if isinstance(part, bytes) else np.ascontiguousarray(part).data
                digest.update(hashlib.sha256(content).digest())
            self._path = folder / f"{kind}-{digest.hexdigest()[:32]}.npz"
        self._saved = time.monotonic()

    def load(self) -> Arrays | None:
        if self._path is None:
            return None
        try:
            # Not by its path: of a damaged file, numpy would leave it open.
            with self._path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
            return None

    @property
    def is_due(self) -> bool:
        """Whether the last time is EVERY_SECONDS ago."""
        return self._path is not None and time.monotonic() - self._saved >= EVERY_SECONDS

    def save(self, arrays: Arrays) -> None:
        """Whole, or not at all. Raises StorageFull."""
        if self._path is None:
            return
        temporary = self._path.with_suffix(f".{os.getpid()}.tmp")
        with storage_errors():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with temporary.open("wb") as file:
                    np.savez(file, allow_pickle=False, **arrays)
                temporary.replace(self._path)
            finally:
                temporary.unlink(missing_ok=True)
        self._saved = time.monotonic()

    def remove(self) -> None:
        if self._path is not None:
            self._path.unlink(missing_ok=True)

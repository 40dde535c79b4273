"""Arrays that a long computation needs to go on after an interruption, kept on disk."""

from __future__ import annotations

import hashlib
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from eval.versions import versions
from radalike.storage import replacing, storage_errors

EVERY_SECONDS = 10.0

ABANDONED_SECONDS = 30 * 86_400.0
"""After which what an interrupted evaluation has left is removed."""

Arrays: TypeAlias = Mapping[str, npt.NDArray[Any]]
Parts: TypeAlias = Iterable[bytes | npt.NDArray[Any]]


class KeptWork:
    """What interrupted evaluations of a library have left in `folder`, which belongs to it, and how
    much of that one command takes over. As a context, it removes what the command has finished with
    when all of it has ended well.

    resumed: computations that went on, and measurements and sections that were not made again.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.resumed = 0
        self._finished: set[str] = set()

    def __enter__(self) -> Self:
        for pattern in ("*.npz", "*.json", "*.tmp"):
            for path in self.folder.glob(pattern):
                with suppress(FileNotFoundError):
                    if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                        path.unlink()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        if kind is None:
            for name in self._finished:
                self.remove(name)

    @property
    def remark(self) -> str:
        """What to tell of it; empty when all was done now."""
        if not self.resumed:
            return ""
        steps = "1 step" if self.resumed == 1 else f"{self.resumed:,} steps"
        return f"Gone on with what an interrupted run had done: {steps}."

    def write(self, name: str, content: bytes | Callable[[BinaryIO], object]) -> None:
        """A file, whole or not at all, that nobody else can read. Raises StorageFull."""
        put = (lambda file: file.write(content)) if isinstance(content, bytes) else content
        path = self.folder / name
        with storage_errors():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with replacing(path, mode=0o600, synced=False) as file:
                put(file)

    def remove(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def remove_in_the_end(self, name: str) -> None:
        self._finished.add(name)

    def count(self, name: str) -> None:
        """A step is taken over from a file. What this command itself has finished is none."""
        if name not in self._finished:
            self.resumed += 1


def digest(parts: Parts) -> str:
    """SHA-256 of the contents, each by itself."""
    found = hashlib.sha256()
    for part in parts:
        content = part if isinstance(part, bytes) else np.ascontiguousarray(part).data
        found.update(hashlib.sha256(content).digest())
    return found.hexdigest()


class SavedState:
    """One computation's arrays, by a digest of all that its result depends on: what another one, or
    another version, left is never taken for it. A file that cannot be read counts as none. Without
    kept work, nothing is kept."""

    def __init__(self, kept: KeptWork | None, kind: str, depends_on: Parts) -> None:
        self._kept = kept
        found_with = repr(versions()).encode()
        self._name = f"{kind}-{digest((*depends_on, found_with))[:32]}.npz" if kept else ""
        self._begun = self._saved = time.monotonic()
        self._loaded = False

    def load(self) -> Arrays | None:
        """What was saved; the computation goes on with it."""
        if self._kept is None:
            return None
        try:
            # Not by its path: of a damaged file, numpy would leave it open.
            with (
                (self._kept.folder / self._name).open("rb") as file,
                np.load(file, allow_pickle=False) as arrays,
            ):
                found = {name: arrays[name] for name in arrays.files}
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
            return None
        self._kept.count(self._name)
        self._loaded = True
        return found

    @property
    def is_due(self) -> bool:
        """Whether the last time is EVERY_SECONDS ago."""
        return self._kept is not None and time.monotonic() - self._saved >= EVERY_SECONDS

    def save(self, arrays: Arrays) -> None:
        """Whole, or not at all. Raises StorageFull."""
        if self._kept is None:
            return
        self._kept.write(self._name, lambda file: np.savez(file, allow_pickle=False, **arrays))
        self._saved = time.monotonic()

    def finish(self, arrays: Arrays) -> None:
        """The last state is kept to the end of the command, which may have more to do and be
        interrupted then; unless it was found quickly. Raises StorageFull."""
        if self._kept is None:
            return
        if self._loaded or time.monotonic() - self._begun >= EVERY_SECONDS:
            self.save(arrays)
            self._kept.remove_in_the_end(self._name)

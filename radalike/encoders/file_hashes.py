"""SHA-256 of files, read once: the hash of a file that has not changed since is remembered.

A file has not changed when its size, inode and times (of its content and of its entry, in
nanoseconds) are the same. A hash is not remembered while the file is so young that another write
could leave the same time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path

from radalike.storage import replace_text

_log = logging.getLogger(__name__)
_SETTLED_SECONDS = 2.0  # the coarsest clock of a file system in use (FAT)


def sha256_of(path: Path) -> str:
    """The SHA-256 (hex) of a file's content, read now. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class FileHashes:
    """Hashes by path, in a JSON file; without `path` every file is read every time.

    A file that is missing or cannot be read remembers nothing, one that cannot be written is left
    as it is: the files are read again next time.
    """

    path: Path | None

    def sha256(self, file: Path) -> str:
        """The SHA-256 (hex) of `file`. Raises OSError."""
        before = _state(file)
        remembered = self._all().get(str(file.absolute()))
        if isinstance(remembered, list) and len(remembered) == 2 and remembered[0] == before:
            return str(remembered[1])
        found = sha256_of(file)
        if self.path is not None and _settled(file) and _state(file) == before:
            self._remember({str(file.absolute()): [before, found]})
        return found

    def _remember(self, entry: dict[str, object]) -> None:
        assert self.path is not None
        kept = {file: said for file, said in self._all().items() if Path(file).exists()}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            replace_text(self.path, json.dumps(kept | entry, indent=1))
        except OSError as exc:
            _log.info("hashes of weights cannot be kept: %s", exc.strerror)

    def _all(self) -> dict[str, object]:
        try:
            found = json.loads(self.path.read_bytes()) if self.path is not None else {}
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def _state(file: Path) -> list[int]:
    """All that changes when the file does."""
    said = os.stat(file)
    return [said.st_size, said.st_mtime_ns, said.st_ctime_ns, said.st_ino]


def _settled(file: Path) -> bool:
    said = os.stat(file)
    return time.time() - max(said.st_mtime, said.st_ctime) > _SETTLED_SECONDS

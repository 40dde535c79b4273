"""Files that came over the network and could not enter: kept, since nobody else may have them.

spool/rejected/<SHA-256>.sealed   under the library's key, since they hold all that a header holds
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.sealed_files import open_sealed, opened_bytes, seal
from radalike.storage import replacing, storage_errors

if TYPE_CHECKING:
    from radalike.library.privacy.pseudonyms import Privacy

SUFFIX = ".sealed"
_CONTENT = re.compile("[0-9a-f]{64}")


class RefusedFiles:
    """By the SHA-256 of their content. Folders have mode 0700, files 0600."""

    def __init__(self, folder: Path, privacy: Privacy) -> None:
        """folder: `Layout.spool_rejects`."""
        self.folder = folder
        self._key = privacy.file_key

    def prepare(self) -> None:
        """Make the folder, remove what killed processes left half written, and `adopt`. Nobody else
        may keep files meanwhile. Raises StorageFull."""
        with storage_errors():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.folder.chmod(0o700)
        for left in self.folder.glob(".*.tmp"):
            left.unlink()
        self.adopt()

    def adopt(self) -> None:
        """Seal what an older release, or a person, has put here as it came. Raises StorageFull."""
        for plain in sorted(self.folder.glob("*.dcm")):
            with suppress(FileNotFoundError):  # another process has, just now
                self.keep(plain if _CONTENT.fullmatch(plain.stem) else _by_content(plain))

    def keep(self, path: Path) -> None:
        """Seal the file `path`, which is named by its content; it is gone from there when what is
        sealed is on the disk. Raises StorageFull, OSError."""
        with (
            storage_errors(),
            path.open("rb") as plain,
            replacing(self.path(path.stem), mode=0o600) as sealed,
        ):
            seal(plain, sealed, self._key)
        path.unlink(missing_ok=True)

    def path(self, content: str) -> Path:
        return self.folder / f"{content}{SUFFIX}"

    def contents(self) -> Iterator[str]:
        """Of all that is kept, in the order of their hashes. Raises OSError."""
        files = sorted(self.folder.iterdir())
        return (
            each.stem for each in files if each.suffix == SUFFIX and _CONTENT.fullmatch(each.stem)
        )

    def size(self, content: str) -> int:
        """Bytes of what was received. Raises OSError."""
        return opened_bytes(self.path(content).stat().st_size)

    def open(self, content: str) -> BufferedReader:
        """What was received. Raises LibraryError when its seal does not open, OSError."""
        return open_sealed(self.path(content), self._key)

    def delete(self, content: str) -> None:
        self.path(content).unlink(missing_ok=True)


def _by_content(path: Path) -> Path:
    """`path`, renamed to the SHA-256 of its content."""
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    return path.replace(path.with_name(f"{content}.dcm"))

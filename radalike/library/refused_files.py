"""Files that came over the network and could not enter: kept, since nobody else may have them.

spool/rejected/<SHA-256>.sealed   under the library's key, since they hold all that a header holds
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.sealed_files import open_sealed, opened_bytes, seal
from radalike.storage import storage_errors, sync_folder

if TYPE_CHECKING:
    from radalike.library.privacy import Privacy

SUFFIX = ".sealed"
_NAME = re.compile(rf"[0-9a-f]{{64}}{re.escape(SUFFIX)}")


class RefusedFiles:
    """By the SHA-256 of their content. Folders have mode 0700, files 0600."""

    def __init__(self, folder: Path, privacy: Privacy) -> None:
        """folder: `Layout.spool_rejects`."""
        self.folder = folder
        self._key = privacy.file_key

    def prepare(self) -> None:
        """Make the folder, remove what killed processes left half written, and seal what an older
        release has kept as it came. Nobody else may keep files meanwhile. Raises StorageFull."""
        with storage_errors():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.folder.chmod(0o700)
        for left in self.folder.glob(".*.part"):
            left.unlink()
        for plain in self.folder.glob("*.dcm"):
            self.keep(plain)

    def keep(self, path: Path) -> None:
        """Seal the file `path`, which is named by its content; it is gone from there when what is
        sealed is on the disk. Raises StorageFull, OSError."""
        temporary = self.folder / f".{secrets.token_hex(16)}.part"
        with storage_errors(), path.open("rb") as plain:
            with temporary.open("xb") as sealed:
                temporary.chmod(0o600)
                seal(plain, sealed, self._key)
                sealed.flush()
                os.fsync(sealed.fileno())
            temporary.replace(self.path(path.stem))
            sync_folder(self.folder)
        path.unlink(missing_ok=True)

    def path(self, content: str) -> Path:
        return self.folder / f"{content}{SUFFIX}"

    def contents(self) -> Iterator[str]:
        """Of all that is kept, in the order of their hashes. Raises OSError."""
        names = sorted(os.listdir(self.folder))
        return (name.removesuffix(SUFFIX) for name in names if _NAME.fullmatch(name))

    def size(self, content: str) -> int:
        """Bytes of what was received. Raises OSError."""
        return opened_bytes(self.path(content).stat().st_size)

    def open(self, content: str) -> BufferedReader:
        """What was received. Raises LibraryError when its seal does not open, OSError."""
        return open_sealed(self.path(content), self._key)

    def delete(self, content: str) -> None:
        self.path(content).unlink(missing_ok=True)

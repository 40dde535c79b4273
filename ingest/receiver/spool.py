"""The spool: what arrived and is not ingested yet, one file a content, safe against power cuts.

spool/incoming/<SHA-256>.dcm   acknowledged to the sender, as it came; gone once it is settled

What could not enter the library is kept, sealed (`radalike/library/ingesting/refused_files.py`).
Folders have mode 0700, files 0600. A file gets its name only when it is whole and synced, so what
has a name was received; what a killed process left under a temporary name was never acknowledged.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from radalike.errors import LibraryBusy, RadalikeError, StorageFull
from radalike.library.ingesting.refused_files import RefusedFiles
from radalike.library.ingesting.run_folders import sweep_run_folders
from radalike.locks import Lock, LockHeld
from radalike.storage import storage_errors, sync_folder

if TYPE_CHECKING:
    from radalike.library.layout import Layout
    from radalike.library.privacy.pseudonyms import Privacy

KEPT_FREE_BYTES = 256 * 1024**2
"""What arrives is refused when less is left on the disk: the ingest, which empties the spool, needs
some room of its own."""

_NAME = re.compile(r"[0-9a-f]{64}\.dcm")
_BUFFER_BYTES = 1024**2


class TooLarge(RadalikeError):
    """A dataset is over the limit of one file."""


class Spool:
    """The folder `spool` of a library. Safe to use from several threads."""

    def __init__(
        self, layout: Layout, privacy: Privacy, *, kept_free: int = KEPT_FREE_BYTES
    ) -> None:
        self.incoming = layout.spool / "incoming"
        self.refused = RefusedFiles(layout.spool_rejects, privacy)
        self._layout = layout
        self._kept_free = kept_free

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Make the folders, and sweep what killed processes left; nobody else receives meanwhile.

        Raises LibraryBusy when another receiver has this spool, StorageFull.
        """
        with storage_errors():
            for folder in (self._layout.spool, self.incoming):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                folder.chmod(0o700)
        try:
            lock = Lock.acquire(self._layout.receiver_lock)
        except LockHeld as exc:
            raise LibraryBusy(
                f"another receiver spools into this library ({exc.holder})",
                hint="stop it first, or receive into another library",
                holder=exc.holder,
            ) from exc
        try:
            for left in self.incoming.glob(".*.part"):
                left.unlink()
            sweep_run_folders(self._layout.fetched)
            self.refused.prepare()
            sync_folder(self._layout.spool)
            yield
        finally:
            lock.release()

    def begin(self, most_bytes: int) -> Arrival:
        """A new file, empty and without a name. Raises StorageFull, OSError."""
        with storage_errors():
            if not self.has_room():
                raise StorageFull(
                    "the disk of the spool is nearly full",
                    hint="free some space; what the receiver refuses is not lost to the sender",
                )
            return Arrival(self.incoming, most_bytes)

    def has_room(self) -> bool:
        """Whether anything more is received."""
        try:
            return shutil.disk_usage(self.incoming).free >= self._kept_free
        except OSError:  # its disk is gone
            return False

    def names(self) -> Iterator[str]:
        """Of the files that wait to be ingested, in no order."""
        with os.scandir(self.incoming) as listing:
            for entry in listing:
                if _NAME.fullmatch(entry.name):
                    yield entry.name

    def waiting(self) -> int:
        """How many files wait to be ingested."""
        return sum(1 for _ in self.names())

    def delete(self, name: str) -> None:
        (self.incoming / name).unlink(missing_ok=True)

    def set_aside(self, name: str) -> None:
        """Keep a file that cannot enter the library, sealed, where it is no longer in the way.

        Raises StorageFull, OSError.
        """
        with suppress(FileNotFoundError):  # it has been, or was erased
            self.refused.keep(self.incoming / name)


class Arrival:
    """One file on its way into the spool: `write` its bytes, then `commit` or `discard`."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._path = folder / f".{secrets.token_hex(16)}.part"
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file: BinaryIO = os.fdopen(descriptor, "wb", buffering=_BUFFER_BYTES)
        self._hash = hashlib.sha256()
        self._left = most_bytes

    def write(self, data: bytes) -> None:
        """Raises TooLarge, StorageFull, OSError."""
        self._left -= len(data)
        if self._left < 0:
            raise TooLarge("a dataset is over the limit of one file", hint="raise --max-file-mib")
        with storage_errors():
            self._file.write(data)
        self._hash.update(data)

    def commit(self) -> str:
        """Give it its name, the SHA-256 of what it holds; it is on the disk when this returns.

        Raises StorageFull, OSError.
        """
        with storage_errors():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            name = f"{self._hash.hexdigest()}.dcm"
            self._path.replace(self._folder / name)
            sync_folder(self._folder)
        return name

    def discard(self) -> None:
        """Remove what there is of it; harmless after `commit`."""
        with suppress(OSError):  # closing writes what is buffered: there may be no room
            self._file.close()
        self._path.unlink(missing_ok=True)

"""Files of a secret key: random bytes that their owner alone can read."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from radalike.errors import LibraryError
from radalike.storage import storage_errors, sync_folder

_KEY_BYTES = 32
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS)  # of FAT, and of some network file systems


def make_key(path: Path) -> None:
    """A new key in `path`, durably; one that is there, or that another process makes meanwhile, is
    kept, but for an empty one, which was never finished. Raises StorageFull, StorageDenied."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    with storage_errors():
        if path.exists() and path.stat().st_size == 0:
            path.unlink()
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            _give_name(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)


def _give_name(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)  # no rename: it fails where there is a key already
    except FileExistsError:
        return
    except OSError as exc:
        if exc.errno not in _NO_LINKS:
            raise
        if not path.exists():
            temporary.replace(path)


def read_key(path: Path, what: str) -> bytes:
    """The key in `path`, 32 bytes; `what` is it called in errors. Raises LibraryError when it is
    gone, or not of the right size."""
    try:
        key = path.read_bytes()
    except OSError as exc:
        raise LibraryError(
            f"{what} cannot be read", hint=f"restore the file `{path.name}` from a backup"
        ) from exc
    if len(key) != _KEY_BYTES:
        raise LibraryError(
            f"{what} is damaged", hint=f"restore the file `{path.name}` from a backup"
        )
    return key

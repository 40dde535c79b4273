"""Files that evaluation writes where the user says: whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from radalike.errors import UsageError
from radalike.storage import storage_errors


def write_text(path: Path, text: str) -> None:
    """In UTF-8; a file that is there is replaced. Raises UsageError, StorageFull."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with storage_errors():
            temporary.write_text(text, encoding="utf-8", newline="")
            temporary.replace(path)
    except OSError as exc:
        raise UsageError(
            f"{path} cannot be written: {exc.strerror}", hint="check the folder and its permissions"
        ) from exc
    finally:
        temporary.unlink(missing_ok=True)

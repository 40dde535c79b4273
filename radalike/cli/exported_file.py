"""Files that commands write where the user says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from radalike.errors import UsageError
from radalike.storage import storage_errors


@contextmanager
def exported_file(path: Path) -> Iterator[TextIO]:
    """A text file that takes its place when it is whole, readable by its owner only; one that is
    there is replaced. Raises UsageError for a place that cannot be written, StorageFull."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with storage_errors():
            try:
                descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with open(descriptor, "w", encoding="utf-8", newline="") as file:
                    yield file
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
    except OSError as exc:
        raise UsageError(
            f"{path} cannot be written: {exc.strerror}", hint="check the folder and its permissions"
        ) from exc


def suffix_of(path: Path, known: tuple[str, ...]) -> str:
    """The suffix of `path`, one of `known`. Raises UsageError for another."""
    suffix = path.suffix.lower()
    if suffix not in known:
        raise UsageError(
            f"{path.name} does not say its format", hint=f"end it in {' or '.join(known)}"
        )
    return suffix

"""Texts that commands write where the user says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from radalike.errors import UsageError
from radalike.storage import exported_file


@contextmanager
def exported_text(path: Path) -> Iterator[TextIO]:
    """A file of text in UTF-8 that its owner alone can read. Raises what `exported_file` does."""
    with (
        exported_file(path, private=True) as file,
        TextIOWrapper(file, encoding="utf-8", newline="") as text,
    ):
        yield text


def suffix_of(path: Path, known: tuple[str, ...]) -> str:
    """The suffix of `path`, one of `known`. Raises UsageError for another."""
    suffix = path.suffix.lower()
    if suffix not in known:
        raise UsageError(
            f"{path.name} does not say its format", hint=f"end it in {' or '.join(known)}"
        )
    return suffix

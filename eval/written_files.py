"""Files that evaluation writes where the user says: whole, or not at all."""

from __future__ import annotations

from pathlib import Path

from radalike.errors import UsageError
from radalike.storage import export_errors, exported_file


def write_text(path: Path, text: str) -> None:
    """In UTF-8, as it is. Raises what `write_bytes` does."""
    write_bytes(path, text.encode())


def write_png(path: Path, picture: bytes) -> None:
    """A missing folder is made. Raises UsageError for a name that does not end in .png, and what
    `write_bytes` does."""
    check_png_name(path)
    write_bytes(path, picture, make_folder=True)


def write_bytes(path: Path, content: bytes, *, make_folder: bool = False) -> None:
    """A file that is there is replaced. Raises UsageError for a place that cannot be written,
    StorageFull."""
    if make_folder:
        with export_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
    with exported_file(path, private=False) as file:
        file.write(content)


def check_png_name(path: Path) -> None:
    """Before work is done that ends in `path`. Raises UsageError."""
    if path.suffix.lower() != ".png":
        raise UsageError(f"{path.name} is no name of a picture", hint="end it in .png")

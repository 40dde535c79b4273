"""Where a source is, looked at before a library is made for it."""

from __future__ import annotations

from pathlib import Path

from radalike.errors import UsageError


def check_place(source: str) -> None:
    """Raises UsageError where `source`, an address or a path, cannot be one: it is empty (a shell
    variable that is not set would mean the current folder), or a path to nothing."""
    from ingest.sources.dicomweb.address import is_dicomweb

    _check_name(source)
    if is_dicomweb(source):
        return
    try:
        Path(source).stat()
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else exc
        raise UsageError(
            f"the source {source} cannot be read: {reason}",
            hint="check the path and its permissions",
        ) from exc


def check_folder(folder: str) -> None:
    """Raises UsageError where `folder` is empty or a file; it may be there later."""
    _check_name(folder)
    if Path(folder).is_file():
        raise UsageError(f"{folder} is no folder", hint="give the folder that files land in")


def _check_name(source: str) -> None:
    if not source.strip():
        raise UsageError("a source without a name", hint="give a folder, a file or an address")

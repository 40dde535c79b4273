"""Opening the library that a command works on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from radalike.library import Library


def open_library(library: Path | None, *, create: bool = False, **flags: Any) -> Library:
    """The library, with `flags` (settings; None: not given) above environment and file.

    Raises LibraryNotFound, LibraryTooNew, UnknownName, InvalidSetting.
    """
    from radalike.library import Library
    from radalike.settings import load_settings

    settings = load_settings(library=library, **flags)
    return Library.open(settings.library, create=create, settings=settings)

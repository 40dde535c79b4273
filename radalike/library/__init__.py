"""The library: `Library.open(path)`, `add`, `search`, `similar_to`, `get`, `status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from radalike.library.library import Library

__all__ = ["Library"]


def __getattr__(name: str) -> Any:
    """Imported on use: the process that builds an index needs a small part of it."""
    if name == "Library":
        from radalike.library.library import Library

        return Library
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

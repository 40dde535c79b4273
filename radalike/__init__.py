"""Radalike finds radiology images that look alike.

from radalike import Library
library = Library.open("radalike-library")
library.search("query.png", limit=5).hits
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from radalike.library import Library

__all__ = ["Library"]


def __getattr__(name: str) -> Any:
    """`Library` is imported on use, so that `radalike --help` stays quick."""
    if name == "Library":
        from radalike.library import Library

        return Library
    raise AttributeError(name)

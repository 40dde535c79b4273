"""The library: `Library.open(path)`, `add`, `search`, `similar_to`, `get`, `status`."""

from radalike.library.library import Library

__all__ = ["Library"]

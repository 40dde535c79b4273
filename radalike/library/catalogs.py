"""Where a library's catalog is: in its folder, or at the URL of the settings."""

from __future__ import annotations

from radalike.catalog.store import Catalog
from radalike.library.layout import Layout


def open_catalog(layout: Layout, url: str) -> Catalog:
    """The catalog at `url`; empty means SQLite in the library. Raises as `Catalog.open` does."""
    return Catalog.open(url or layout.catalog_url)

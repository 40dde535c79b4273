"""Identifiers that a site chose to keep (setting `keep_identity`), sealed under a second key.

The second key is random and lies in a file of its own, so that the first one, which every ingest
needs, opens none of them; and each record is bound to its image, so that it cannot be moved to
another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.catalog.identities import kept_identity
from radalike.library.key_files import make_key, read_key
from radalike.library.layout import Layout
from radalike.sealing import seal, unseal

if TYPE_CHECKING:
    from radalike.library.readable_library import ReadableLibrary


class Identities:
    """Seals and unseals the identifiers of images (`radalike/sealing.py`)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, image: str, identifiers: Mapping[str, str]) -> bytes:
        return seal(self._key, json.dumps(dict(identifiers)).encode(), bound=image.encode())

    def unseal(self, image: str, sealed: bytes) -> dict[str, str]:
        """Raises LibraryError when it was sealed under another key, or for another image."""
        plain = unseal(self._key, sealed, "an identity", file="identity.key", bound=image.encode())
        return {str(name): str(value) for name, value in json.loads(plain).items()}


def key_file(layout: Layout) -> Path:
    return layout.root / "identity.key"


def open_identities(layout: Layout, *, create: bool = False) -> Identities:
    """The identities of a library; `create` makes their key when there is none.

    Raises LibraryError when the key is gone or is not the right size.
    """
    if create:
        make_key(key_file(layout))
    return Identities(read_key(key_file(layout), "the key of the kept identities"))


def identity_of(library: ReadableLibrary, image: str) -> dict[str, str] | None:
    """The identifiers of one image, None when they were not kept."""
    sealed = kept_identity(library.catalog.engine, image)
    return None if sealed is None else open_identities(library.layout).unseal(image, sealed)

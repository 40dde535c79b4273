"""Identifiers that a site chose to keep (setting `keep_identity`), sealed under a second key.

The second key is random and lies in a file of its own, so that the first one, which every ingest
needs, opens none of them; and each record is bound to its image, so that it cannot be moved to
another.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.catalog.identities import kept_identity
from radalike.errors import LibraryError
from radalike.library.key_files import make_key, read_key
from radalike.library.layout import Layout

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from radalike.library.readable_library import ReadableLibrary

_NONCE_BYTES = 12


class Identities:
    """Seals and unseals the identifiers of images (AES-256-GCM, NIST SP 800-38D)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, image: str, identifiers: Mapping[str, str]) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        plain = json.dumps(dict(identifiers)).encode()
        return nonce + self._cipher().encrypt(nonce, plain, image.encode())

    def unseal(self, image: str, sealed: bytes) -> dict[str, str]:
        """Raises LibraryError when it was sealed under another key, or for another image."""
        from cryptography.exceptions import InvalidTag

        nonce, hidden = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            plain = self._cipher().decrypt(nonce, hidden, image.encode())
        except (InvalidTag, ValueError) as exc:
            raise LibraryError(
                "an identity was sealed under another key",
                hint="restore the file `identity.key` from a backup",
            ) from exc
        return {str(name): str(value) for name, value in json.loads(plain).items()}

    def _cipher(self) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._key)


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

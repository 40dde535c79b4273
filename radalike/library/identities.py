"""Identifiers that a site chose to keep (setting `keep_identity`), sealed under a second key.

The second key is random and lies in a file of its own, so that the first one, which every ingest
needs, opens none of them; and each record is bound to its image, so that it cannot be moved to
another.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.catalog.identities import kept_identity
from radalike.errors import LibraryError
from radalike.library.layout import Layout
from radalike.storage import storage_errors, sync_folder

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from radalike.library.readable_library import ReadableLibrary

_KEY_BYTES = 32
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
    path = key_file(layout)
    if create and not path.exists():
        _write_key(path)
    try:
        key = path.read_bytes()
    except OSError as exc:
        raise LibraryError(
            "the key of the kept identities cannot be read",
            hint="restore the file `identity.key` from a backup",
        ) from exc
    if len(key) != _KEY_BYTES:
        raise LibraryError(
            "the key of the kept identities is damaged", hint="restore it from a backup"
        )
    return Identities(key)


def identity_of(library: ReadableLibrary, image: str) -> dict[str, str] | None:
    """The identifiers of one image, None when they were not kept."""
    sealed = kept_identity(library.catalog.engine, image)
    return None if sealed is None else open_identities(library.layout).unseal(image, sealed)


def _write_key(path: Path) -> None:
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    with storage_errors():
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            # A link and no rename: a key that another process has made meanwhile is kept.
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)

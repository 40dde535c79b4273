"""Short secrets under a key: AES-256-GCM (NIST SP 800-38D) with a random nonce, which goes first.

Files are sealed piece by piece (`sealed_files`).
"""

from __future__ import annotations

import os

from radalike.errors import LibraryError

_NONCE_BYTES = 12


def seal(key: bytes, plain: bytes, *, bound: bytes = b"") -> bytes:
    """`plain`, so that only `key` (32 bytes) opens it, and only with what it is `bound` to."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def unseal(key: bytes, sealed: bytes, what: str, *, file: str, bound: bytes = b"") -> bytes:
    """Raises LibraryError, which says `what` it is and the `file` of its key, when it was sealed
    under another key, or bound to something else."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, hidden = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, hidden, bound)
    except (InvalidTag, ValueError) as exc:
        raise LibraryError(
            f"{what} was sealed under another key",
            hint=f"restore the file `{file}` of this library from a backup",
        ) from exc

"""Files that only a key opens, written and read piece by piece.

A header (`_MAGIC`, 16 bytes of salt), then pieces of 64 KiB, each encrypted and authenticated by
AES-256-GCM (NIST SP 800-38D) under HMAC-SHA256(key, header). The nonce is the piece's number and
whether it is the last, so none can be left out, moved or added unnoticed: the STREAM construction
(Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, CRYPTO 2015).
"""

from __future__ import annotations

import hmac
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from radalike.errors import LibraryError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_MAGIC = b"RADALIKE SEALED\x01"
_SALT_BYTES = 16
_HEADER_BYTES = len(_MAGIC) + _SALT_BYTES
_PIECE_BYTES = 64 * 1024
_TAG_BYTES = 16
_SEALED_BYTES = _PIECE_BYTES + _TAG_BYTES


def seal(source: BinaryIO, target: BinaryIO, key: bytes) -> None:
    """Write what is left to read of `source` to `target`, sealed under `key` (32 bytes)."""
    header = _MAGIC + os.urandom(_SALT_BYTES)
    target.write(header)
    cipher = _cipher(key, header)
    number, piece = 0, source.read(_PIECE_BYTES)
    while True:
        following = source.read(_PIECE_BYTES) if len(piece) == _PIECE_BYTES else b""
        target.write(cipher.encrypt(_nonce(number, last=not following), piece, None))
        if not following:
            return
        number, piece = number + 1, following


def open_sealed(path: Path, key: bytes) -> io.BufferedReader:
    """The content of a sealed file. Reading raises LibraryError where it was sealed under another
    key or is damaged; so does opening what is no sealed file, or cannot be read. Raises
    FileNotFoundError."""
    try:
        return io.BufferedReader(_Opened(path, key), _PIECE_BYTES)
    except FileNotFoundError:
        raise
    except OSError as exc:
        raise LibraryError(
            f"{path} cannot be read: {exc.strerror}", hint="check who owns it, and its permissions"
        ) from exc


def opened_bytes(sealed: int) -> int:
    """Bytes of the content of a sealed file of `sealed` bytes."""
    return max(0, sealed - _HEADER_BYTES - _pieces(sealed) * _TAG_BYTES)


class _Opened(io.RawIOBase):
    """Holds the piece that was read last."""

    def __init__(self, path: Path, key: bytes) -> None:
        super().__init__()
        self.name = str(path)  # as a plain file has one: pydicom asks for it
        self._file = path.open("rb")
        header = self._file.read(_HEADER_BYTES)
        sealed = os.fstat(self._file.fileno()).st_size
        if not header.startswith(_MAGIC) or sealed < _HEADER_BYTES + _TAG_BYTES:
            self.close()
            raise _damaged()
        self._last = _pieces(sealed) - 1
        self._size = opened_bytes(sealed)
        self._cipher = _cipher(key, header)
        self._at = 0
        self._number, self._piece = -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        number, start = divmod(self._at, _PIECE_BYTES)
        if number > self._last:
            return 0
        self._open(number)
        view = memoryview(buffer).cast("B")
        found = self._piece[start : start + len(view)]
        view[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _open(self, number: int) -> None:
        from cryptography.exceptions import InvalidTag

        if number == self._number:
            return
        self._file.seek(_HEADER_BYTES + number * _SEALED_BYTES)
        sealed = self._file.read(_SEALED_BYTES)
        try:
            nonce = _nonce(number, last=number == self._last)
            self._piece = self._cipher.decrypt(nonce, sealed, None)
        except (InvalidTag, ValueError) as exc:
            raise _damaged() from exc
        self._number = number


def _pieces(sealed: int) -> int:
    return -(-(sealed - _HEADER_BYTES) // _SEALED_BYTES)


def _cipher(key: bytes, header: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(hmac.digest(key, header, "sha256"))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _damaged() -> LibraryError:
    return LibraryError(
        "a sealed file is damaged, or was sealed under another key",
        hint="restore the library's own key, or the file, from a backup",
    )

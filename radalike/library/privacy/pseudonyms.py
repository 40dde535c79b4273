"""Pseudonyms and sealed locators, under the library's own key.

Keyed (HMAC-SHA256, RFC 2104), because plain hashes of record numbers are undone by trying them
all. The key lies outside the catalog, so a copied catalog alone gives nobody away.
"""

from __future__ import annotations

import hmac
import uuid
from functools import cached_property

from radalike.sealing import seal, unseal


class Privacy:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def pseudonym(self, kind: str, *parts: str) -> str:
        """32 hex digits for an identifier; the same for the same input in this library only."""
        message = "\0".join((kind, *parts)).encode("utf-8", "surrogateescape")
        return hmac.digest(self._key, message, "sha256").hex()[:32]

    def patient(self, issuer: str, patient: str, study: str) -> str | None:
        """The pseudonym of a DICOM file's patient. Without a PatientID the study stands for it,
        so that nobody is grouped under the empty name; None when there is neither."""
        if patient:
            return self.pseudonym("patient", issuer, patient)
        return self.pseudonym("patient-of-study", "", study) if study else None

    def identity(self, kind: str, *parts: str) -> str:
        """The UUIDv5 of an image whose identity is private (a DICOM instance, a folder's file)."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, self.pseudonym(kind, *parts)))

    def seal(self, text: str) -> bytes:
        """`text` encrypted so that only this library's key opens it (`radalike/sealing.py`)."""
        return seal(self._text_key, text.encode("utf-8", "surrogateescape"))

    def unseal(self, sealed: bytes, what: str = "a locator") -> str:
        """Raises LibraryError, which says `what` it is, when it was sealed under another key."""
        plain = unseal(self._text_key, sealed, what, file="key")
        return plain.decode("utf-8", "surrogateescape")

    @cached_property
    def file_key(self) -> bytes:
        """32 bytes, for files that are kept sealed (`radalike/sealed_files.py`)."""
        return hmac.digest(self._key, b"file", "sha256")

    @cached_property
    def _text_key(self) -> bytes:
        return hmac.digest(self._key, b"locator", "sha256")


def public_identity(dataset: str, filepath: str) -> str:
    """The UUIDv5 of an image of a public data set: the same in every library."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{dataset}\0{filepath}"))

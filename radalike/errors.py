"""Every error that Radalike raises on purpose, as one tree.

RadalikeError
├── UsageError                what was asked for cannot be (exit 2)
│   ├── UnknownName           no such encoder, field, label …; carries the nearest names
│   ├── DuplicateName         a name that is taken already
│   ├── InvalidFilter         a filter that no field can satisfy
│   ├── InvalidSetting        a setting with a value it cannot have
│   └── InvalidManifest       a manifest CSV that does not have the study's columns
├── LibraryError              the library on disk
│   ├── LibraryNotFound
│   ├── LibraryTooNew         written by a newer Radalike
│   ├── LibraryBusy           another process holds it; names the holder
│   ├── RecordNotFound
│   ├── CorruptPart           an embedding part that is not what the catalog says
│   └── StorageError          it cannot be written
│       ├── StorageFull       no room left on the device
│       └── StorageDenied     not by this account
├── EncoderError              a model, its weights, its vectors
│   ├── WeightsMissing
│   ├── WeightsMismatch       not the file, or not the shapes, that the spec pins
│   ├── DeviceUnavailable     the device that was asked for is not there
│   ├── OutOfMemory           not even one image fits into the memory of the device
│   ├── NoTextTower           a text for an encoder that knows images only
│   └── InvalidVector         NaN, infinite, zero or not of unit length
├── MissingExtra              a library that only this needs is not installed
├── DecoderUnavailable        no decoding process can be started
├── SourceUnavailable         a server that images come from cannot be reached, or cannot list
├── IndexFault                a search index (named apart from the built-in IndexError)
│   ├── IndexUnavailable      not reachable, or not built
│   └── IndexBusy             another process has it open
└── ImageRejected             one image that cannot enter; `code` says why
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum


class RejectCode(StrEnum):
    """Why an image was rejected: the vocabulary of `radalike rejects`."""

    EMPTY = "Empty"
    NOT_AN_IMAGE = "NotAnImage"
    NOT_DICOM = "NotDicom"
    QUARANTINED = "Quarantined"
    MISSING_FILE = "MissingFile"
    UNREADABLE = "Unreadable"
    TRUNCATED = "Truncated"
    PIXEL_DECODE = "PixelDecode"
    UNSUPPORTED_TRANSFER_SYNTAX = "UnsupportedTransferSyntax"
    RESOURCE_LIMIT = "ResourceLimit"
    INVALID_ATTRIBUTES = "InvalidAttributes"
    INVALID_LABELS = "InvalidLabels"
    IDENTITY_CONFLICT = "IdentityConflict"
    PATH_ESCAPE = "PathEscape"
    WORKER_CRASH = "WorkerCrash"
    INVALID_VECTOR = "InvalidVector"


class RadalikeError(Exception):
    """What went wrong (`str(error)`), the way out (`hint`) and what it concerns (`data`)."""

    exit_code = 3

    def __init__(self, message: str, *, hint: str = "", **data: object) -> None:
        super().__init__(message)
        self.hint = hint
        self.data = data


class UsageError(RadalikeError):
    exit_code = 2


class UnknownName(UsageError):
    """`name` is not among `known`; the nearest known names are in the message and the data."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, hint: str = "") -> None:
        choices = sorted(known)
        lowered = {choice.lower(): choice for choice in choices}
        near = [lowered[each] for each in get_close_matches(name.lower(), lowered, n=3, cutoff=0.5)]
        listing = ", ".join(choices[:12]) + (", …" if len(choices) > 12 else "")
        way_out = hint or (f"known: {listing}" if choices else f"there is no {kind} yet")
        question = f" Did you mean {' or '.join(near)}?" if near else ""
        super().__init__(
            f"unknown {kind} {name!r}.{question}", hint=way_out, name=name, nearest=near
        )


class DuplicateName(UsageError):
    pass


class InvalidFilter(UsageError):
    pass


class InvalidSetting(UsageError):
    pass


class InvalidManifest(UsageError):
    pass


class LibraryError(RadalikeError):
    pass


class LibraryNotFound(LibraryError):
    exit_code = 2


class LibraryTooNew(LibraryError):
    pass


class LibraryBusy(LibraryError):
    pass


class RecordNotFound(LibraryError):
    exit_code = 2


class CorruptPart(LibraryError):
    pass


class StorageError(LibraryError):
    pass


class StorageFull(StorageError):
    pass


class StorageDenied(StorageError):
    pass


class EncoderError(RadalikeError):
    pass


class WeightsMissing(EncoderError):
    pass


class WeightsMismatch(EncoderError):
    pass


class DeviceUnavailable(EncoderError):
    exit_code = 2


class OutOfMemory(EncoderError):
    pass


class NoTextTower(EncoderError):
    exit_code = 2


class InvalidVector(EncoderError):
    pass


class MissingExtra(RadalikeError):
    pass


class DecoderUnavailable(RadalikeError):
    pass


class SourceUnavailable(RadalikeError):
    pass


class IndexFault(RadalikeError):
    pass


class IndexUnavailable(IndexFault):
    pass


class IndexBusy(IndexFault):
    pass


class ImageRejected(RadalikeError):
    """One image cannot enter. The message never holds a path or an identifier."""

    exit_code = 2

    def __init__(self, code: RejectCode, reason: str, *, hint: str = "", **data: object) -> None:
        super().__init__(reason, hint=hint, **data)
        self.code = code

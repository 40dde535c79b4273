"""Reading the original of an image again, where it still is: a file, or a member of an archive."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from radalike.errors import UsageError
from radalike.library.originals.locators import archive_and_member, name_and_place
from radalike.records import ImageRecord

if TYPE_CHECKING:
    from radalike.library.readable_library import ReadableLibrary

_MAX_BYTES = 2 * 1024**3
_UNREADABLE = (
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,  # encrypted, or compressed in another way than when it was read
    LookupError,
    ValueError,
)
_GIVE_THE_FILE = "give the original itself in place of the id; `radalike locate` shows where it was"


def read_original(library: ReadableLibrary, record: ImageRecord, root: Path | None = None) -> bytes:
    """The original's bytes. `root`: the folder that a data set's public names are relative to.

    Raises UsageError when it is not to be had; no path is in its message.
    """
    locator = library.locate(record)
    scheme, _, place = (locator or "").partition(":")
    try:
        if record.filepath is not None:
            return _below(root, record.filepath, record.id)
        if scheme == "file":
            return Path(place).read_bytes()
        if scheme == "zip":
            return _member(place)
    except _UNREADABLE as exc:
        reason = "it is gone, or cannot be read any more"
        raise _not_to_be_had(record.id, reason, _GIVE_THE_FILE) from exc
    if scheme == "spool":
        raise _not_to_be_had(record.id, "it was received over the network", _GIVE_THE_FILE)
    if scheme == "dicomweb":
        hint = "fetch it from there, and give the file in place of the id"
        raise _not_to_be_had(record.id, "it is on a DICOMweb server", hint)
    raise _not_to_be_had(record.id, "nobody said where it is", _GIVE_THE_FILE)


def _below(root: Path | None, name: str, image: str) -> bytes:
    if root is None:
        hint = "--root DIR names the folder that its data set's file names are relative to"
        raise _not_to_be_had(image, "it is part of a data set, whose folder is not kept", hint)
    if ".." in PurePosixPath(name).parts or name.startswith("/"):
        raise LookupError(name)
    try:
        return (root / name).read_bytes()
    except OSError as exc:
        reason = f"there is no {name} below {root}"
        raise _not_to_be_had(image, reason, "mend --root, or give the file itself") from exc


def _member(place: str) -> bytes:
    archive, member = archive_and_member(place)
    name, index, which = name_and_place(member)
    with zipfile.ZipFile(archive) as opened:
        entries = opened.infolist()
        if index < 0:
            entry = [each for each in entries if each.orig_filename == name][which - 1]
        else:
            entry = entries[index]
        if entry.file_size > _MAX_BYTES:
            raise ValueError(entry.file_size)
        return opened.read(entry)


def _not_to_be_had(image: str, reason: str, hint: str) -> UsageError:
    return UsageError(f"the original of image {image} is needed: {reason}", hint=hint, id=image)

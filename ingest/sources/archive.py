"""A ZIP archive of images and DICOM, read in place: nothing is ever unpacked to the disk."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ingest.sources.regular_file import open_regular
from ingest.sources.source import ArchiveMember, Problem, Source, SourceItem
from ingest.sources.zip_directory import STARTS, Entry, ZipDirectory, is_document
from radalike.errors import ImageRejected, RejectCode, UsageError
from radalike.imaging.formats import HEAD_BYTES, claims_image, format_of
from radalike.library.originals.locators import archive_prefix, told_apart

STORED, DEFLATED = 0, 8
"""The compression methods that are read (APPNOTE 4.4.5): what exports use."""

MAX_MEMBER_BYTES = 2 * 1024**3
MAX_RATIO = 200
"""How many times its compressed size a member of more than FREE_BYTES may have. CT compresses to
a third, an empty frame of 16 bits to a thousandth."""
FREE_BYTES = 16 * 1024**2

_SEPARATORS = ("/", "\\")  # the second is against the standard, and common
_ENCRYPTED = 1 << 0 | 1 << 6 | 1 << 13  # APPNOTE 4.4.4: also strongly, also the directory


class ArchiveSource(Source):
    """The members of one archive, in the order of its directory."""

    name = "archive"

    def __init__(self, path: Path, dataset: str) -> None:
        self._path = Path(os.path.realpath(path))
        self._dataset = dataset

    def items(self) -> Iterator[SourceItem]:
        """Raises UsageError when the archive cannot be read, or its directory is not whole."""
        try:
            yield from archive_items(self._path, self._dataset)
        except OSError as exc:
            raise UsageError(
                f"the source {self._path} cannot be read: {exc.strerror}",
                hint="check the path and its permissions",
            ) from exc
        except ImageRejected as exc:
            raise UsageError(
                f"the archive {self._path} cannot be read: {exc}",
                hint="export or copy it again; `unzip -t` tells whether it is whole",
                code=str(exc.code),
            ) from exc


def is_archive(path: Path) -> bool:
    """Whether `path` is a file that begins as a ZIP archive does; what cannot be opened is none."""
    return _begins_archive(_head(path))


def is_unnamed_archive(item: SourceItem) -> bool:
    """Whether `item` is a file of a folder whose name does not say so, and an archive of files: no
    document, app or book, which are ZIP archives, too, with the pictures of their text in them."""
    if item.claims_image or item.problem is not None or not item.uri.startswith("file:"):
        return False
    if not isinstance(item.content, Path):
        return False
    head = _head(item.content)
    return _begins_archive(head) and not is_document(head)


def _head(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            return file.read(HEAD_BYTES)
    except (ImageRejected, OSError):
        return b""


def _begins_archive(head: bytes) -> bool:
    return head.startswith(STARTS) and format_of(head) is None


def archive_items(path: Path, dataset: str) -> Iterator[SourceItem]:
    """The members of the archive at `path`, none of which is read: its directory is all.

    Folders in it are no items, and names that begin with a dot are passed over. The time of change
    of a member is its CRC-32: when an archive is written anew, only what differs is read again.
    Raises ImageRejected when the directory is not whole, before the first member; OSError.
    """
    prefix = archive_prefix(path)
    met: Counter[str] = Counter()
    with open_regular(path) as file:
        directory = ZipDirectory(file)
        survey = directory.survey()
        for index, entry in enumerate(directory.entries()):
            name = entry.name
            problem = _problem(entry, overlaps=bool(survey.overlapping[index]))
            if not _counts(entry, problem):
                continue
            if hash(name) in survey.repeated:
                met[name] += 1
            yield SourceItem(
                uri=prefix + told_apart(name, index, met[name]),
                content=ArchiveMember(path, index),
                size=entry.size,
                modified_ns=entry.crc,
                dataset=dataset,
                claims_image=claims_image(PurePosixPath(name).suffix),
                problem=problem,
            )


def _counts(entry: Entry, problem: Problem | None) -> bool:
    """Whether a member is an item: no folder, and not hidden, as in a tree of folders."""
    if problem is not None and problem.code is RejectCode.PATH_ESCAPE:
        return True
    if entry.name.endswith(_SEPARATORS) and entry.size == 0:
        return False
    return not any(part.startswith(".") and part != "." for part in _parts(entry.name))


def _parts(name: str) -> list[str]:
    return name.replace("\\", "/").split("/")


def _problem(entry: Entry, *, overlaps: bool) -> Problem | None:
    """What the directory alone tells to be wrong."""
    name = entry.name
    if (
        not name
        or "\0" in name
        or name.startswith(_SEPARATORS)
        or re.match("[A-Za-z]:", name)
        or ".." in _parts(name)
    ):
        return Problem(RejectCode.PATH_ESCAPE, "its name in the archive leads out of it")
    if entry.link:
        return Problem(RejectCode.PATH_ESCAPE, "a link in an archive, which is not followed")
    if entry.flags & _ENCRYPTED:
        return Problem(RejectCode.UNREADABLE, "encrypted; unpack the archive first")
    if entry.method not in (STORED, DEFLATED):
        reason = "compressed in a way that is not read; unpack the archive first"
        return Problem(RejectCode.UNREADABLE, reason)
    if entry.size > MAX_MEMBER_BYTES:
        return Problem(RejectCode.RESOURCE_LIMIT, "the file is larger than 2 GiB")
    if entry.size > max(FREE_BYTES, MAX_RATIO * entry.compressed):
        reason = f"compressed to less than 1/{MAX_RATIO} of its size"
        return Problem(RejectCode.RESOURCE_LIMIT, reason)
    if overlaps:
        return Problem(RejectCode.RESOURCE_LIMIT, "its data overlaps another member of the archive")
    return None

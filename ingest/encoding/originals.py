"""From what the catalog says of images to the file that they are in, where it still is."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ingest.sources.archive import archive_items, is_archive
from ingest.sources.source import ArchiveMember, Problem, SourceItem
from radalike.errors import ImageRejected
from radalike.library.originals.locators import archive_and_member
from radalike.library.originals.places import place_of

if TYPE_CHECKING:
    from radalike.library import Library
    from radalike.records import ImageRecord


class Missing(StrEnum):
    """Why an original cannot be read again, or a vector not be adapted."""

    NO_ROOT = "NoRoot"
    NOT_FOUND = "NotFound"
    NOT_IN_ARCHIVE = "NotInArchive"
    NOT_KEPT = "NotKept"
    ON_SERVER = "OnServer"
    UNNAMED = "Unnamed"
    NOT_ENCODED = "NotEncoded"


WAYS_OUT: dict[Missing, str] = {
    Missing.NO_ROOT: "named relative to a folder that is not kept: say which with --root DIR",
    Missing.NOT_FOUND: "not where it was, nor below a --root DIR: say where it is now",
    Missing.NOT_IN_ARCHIVE: "not in its ZIP archive any more: put the archive back, or name the "
    "folder that has it with --root DIR",
    Missing.NOT_KEPT: "received over the network, and not kept",
    Missing.ON_SERVER: "on a DICOMweb server, from which nothing is fetched twice",
    Missing.UNNAMED: "nothing says where it was",
    Missing.NOT_ENCODED: "without a vector of the encoder that is adapted: `radalike encode "
    "--encoder` with its id first",
}


class Originals:
    """Finds originals of `library`. roots: folders that public names are relative to, and that
    what has been moved is looked for in."""

    def __init__(self, library: Library, roots: Sequence[Path] = ()) -> None:
        self._library = library
        self._roots = [root.absolute() for root in roots]
        self._archive: _Archive | None = None
        self._moved = 0  # leading folders that what was found last has lost

    def key(self, record: ImageRecord) -> tuple[bool, str | None, str]:
        """Equal for images of one file."""
        public = record.filepath is not None
        return public, self._library.locate(record), record.metadata.dataset if public else ""

    def item(self, records: Sequence[ImageRecord], name: str) -> SourceItem | Missing:
        """The file that `records` (images of one) are frames of, as an item that is called `name`;
        or why it cannot be had. Raises LibraryError when it was sealed under another key."""
        first = records[0]
        frames = tuple(record.frame for record in records)
        found = self._content(self._library.locate(first), public=first.filepath is not None)
        if isinstance(found, Missing):
            return found
        return SourceItem(
            uri=name,
            content=found.content,
            size=found.size,
            modified_ns=found.crc,
            dataset=first.metadata.dataset,
            claims_image=True,
            problem=found.problem,
            frames=frames,
        )

    def _content(self, locator: str | None, *, public: bool) -> _Found | Missing:
        if locator is None:
            return Missing.UNNAMED
        if public:
            return self._below_roots(locator)
        place = place_of(locator, public=False)
        match place.source:
            case "file":
                path = self._file(str(place.place))
                return _Found(path) if path is not None else Missing.NOT_FOUND
            case "zip":
                path = self._file(str(place.place))
                # As it was told apart from others of its name, which its place does not say.
                return self._member(path, archive_and_member(locator)[1])
            case "spool":
                return Missing.NOT_KEPT
            case "dicomweb":
                return Missing.ON_SERVER
            case _:
                return Missing.UNNAMED

    def _below_roots(self, name: str) -> _Found | Missing:
        if not self._roots:
            return Missing.NO_ROOT
        if ".." in PurePosixPath(name).parts or name.startswith("/"):
            return Missing.NOT_FOUND
        paths = (root / name for root in self._roots)
        return next((_Found(path) for path in paths if _is_file(path)), Missing.NOT_FOUND)

    def _file(self, place: str) -> Path | None:
        """Where a private original is: its own place, or below a root, by as much of its path as
        is left there. That it is the same file, its content tells."""
        path = Path(place)
        if _is_file(path):
            return path
        parts = path.parts[1:]
        for lost in dict.fromkeys((min(self._moved, len(parts) - 1), *range(len(parts)))):
            for root in self._roots:
                if _is_file(root.joinpath(*parts[lost:])):
                    self._moved = lost
                    return root.joinpath(*parts[lost:])
        return None

    def _member(self, path: Path | None, name: str) -> _Found | Missing:
        if path is None or not is_archive(path):
            return Missing.NOT_FOUND
        if self._archive is None or self._archive.path != path:
            try:
                self._archive = _Archive(path)
            except (ImageRejected, OSError):
                return Missing.NOT_FOUND
        return self._archive.found(name) or Missing.NOT_IN_ARCHIVE


@dataclass(frozen=True, slots=True)
class _Found:
    content: Path | ArchiveMember
    size: int = 0
    crc: int = 0
    problem: Problem | None = None


class _Archive:
    """Where the members of one archive are, by name: a few bytes for each of millions.

    Raises ImageRejected when its directory is not whole, OSError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places: dict[int, int] = {}
        self._members, self._sizes, self._checksums = array("Q"), array("Q"), array("Q")
        self._problems: dict[int, Problem] = {}
        for place, item in enumerate(archive_items(path, "")):
            assert isinstance(item.content, ArchiveMember)
            self._places[hash(archive_and_member(item.uri)[1])] = place
            self._members.append(item.content.index)
            self._sizes.append(item.size)
            self._checksums.append(item.modified_ns)
            if item.problem is not None:
                self._problems[place] = item.problem

    def found(self, name: str) -> _Found | None:
        place = self._places.get(hash(name))
        if place is None:
            return None
        member = ArchiveMember(self.path, self._members[place])
        problem = self._problems.get(place)
        return _Found(member, self._sizes[place], self._checksums[place], problem)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return False

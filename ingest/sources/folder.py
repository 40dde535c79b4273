"""A folder tree (or one file) of images and DICOM, told apart by content when they are read."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ingest.sources.archive import archive_items, is_archive
from ingest.sources.source import Problem, Source, SourceItem
from radalike.errors import ImageRejected, RejectCode, UsageError
from radalike.imaging.formats import claims_image

_LIBRARY_FILES = frozenset({"library.toml", "key"})
_ARCHIVE_SUFFIX = ".zip"


class FolderSource(Source):
    """Everything below `root`, depth first, names sorted within each folder.

    Links that lead out of `root`, folders and files that cannot be opened, and what is no regular
    file are items with a problem. Names that begin with a dot, and libraries, are passed over.
    A ZIP archive whose name says so is a folder, too: its members are items, and it is none unless
    it is broken. Those in an archive are not entered.
    """

    name = "folder"

    def __init__(self, root: Path, dataset: str) -> None:
        self._root = Path(os.path.realpath(root))
        self._dataset = dataset

    def items(self) -> Iterator[SourceItem]:
        """Raises UsageError when the root does not exist or cannot be listed."""
        try:
            if not self._root.is_dir():
                yield self._item(self._root, self._root.stat())
                return
            os.scandir(self._root).close()
        except OSError as exc:
            raise UsageError(
                f"the source {self._root} cannot be read: {exc.strerror}",
                hint="check the path and its permissions",
            ) from exc
        yield from self._walk()

    def _walk(self) -> Iterator[SourceItem]:
        # Of each folder on the way only its names are held, however deep the tree is.
        ways = [self._listed(self._root)]
        while ways:
            path, problem = next(ways[-1], (None, None))
            if path is None:
                ways.pop()
            elif problem is not None:
                yield self._broken(path, problem)
            else:
                try:
                    yield from self._met(path, ways)
                except (OSError, RuntimeError) as exc:  # RuntimeError: links in a circle
                    reason = "the file cannot be looked at"
                    if isinstance(exc, OSError) and exc.errno == errno.ENAMETOOLONG:
                        reason = "its path is too long: it lies too deep in folders"
                    yield self._broken(path, Problem(RejectCode.UNREADABLE, reason))

    def _listed(self, folder: Path) -> Iterator[tuple[Path, Problem | None]]:
        """What `folder` holds, or itself with what is wrong with it."""
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            reason = "the folder cannot be opened; check its permissions"
            yield folder, Problem(RejectCode.UNREADABLE, reason)
            return
        if not _LIBRARY_FILES.issubset(names):  # a library of ours: its thumbnails are not new
            yield from ((folder / name, None) for name in names if not name.startswith("."))

    def _met(
        self, path: Path, ways: list[Iterator[tuple[Path, Problem | None]]]
    ) -> Iterator[SourceItem]:
        """The items of a file; a folder is put on the way."""
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            if not path.resolve().is_relative_to(self._root):
                reason = "a link that leads out of the source"
                yield self._broken(path, Problem(RejectCode.PATH_ESCAPE, reason))
                return
            status = path.stat()
            if stat.S_ISDIR(status.st_mode):
                return  # what it links to is met on its own
        if stat.S_ISDIR(status.st_mode):
            ways.append(self._listed(path))
        elif path.suffix.lower() == _ARCHIVE_SUFFIX and is_archive(path):
            try:
                yield from archive_items(path, self._dataset)
            except ImageRejected as exc:
                yield self._broken(path, Problem(exc.code, str(exc)))
        else:
            yield self._item(path, status)

    def _item(self, path: Path, status: os.stat_result) -> SourceItem:
        if not stat.S_ISREG(status.st_mode):
            reason = "neither a file nor a folder (a pipe, a socket, a device)"
            return self._broken(path, Problem(RejectCode.UNREADABLE, reason))
        return SourceItem(
            uri=f"file:{path}",
            content=path,
            size=status.st_size,
            modified_ns=status.st_mtime_ns,
            dataset=self._dataset,
            # What is named as an archive and is none must not be skipped in silence.
            claims_image=claims_image(path.suffix) or path.suffix.lower() == _ARCHIVE_SUFFIX,
        )

    def _broken(self, path: Path, problem: Problem) -> SourceItem:
        return SourceItem(f"file:{path}", path, 0, 0, self._dataset, problem=problem)

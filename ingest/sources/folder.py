"""A folder tree (or one file) of images and DICOM, told apart by content when they are read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ingest.sources.source import Problem, Source, SourceItem
from radalike.errors import RejectCode, UsageError
from radalike.imaging.formats import claims_image

_LIBRARY_FILES = frozenset({"library.toml", "key"})


class FolderSource(Source):
    """Everything below `root`, depth first, names sorted within each folder.

    Links that lead out of `root`, folders and files that cannot be opened, and what is no regular
    file are items with a problem. Names that begin with a dot, and libraries, are passed over.
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
        yield from self._walk(self._root)

    def _walk(self, folder: Path) -> Iterator[SourceItem]:
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            reason = "the folder cannot be opened; check its permissions"
            yield self._broken(folder, Problem(RejectCode.UNREADABLE, reason))
            return
        if _LIBRARY_FILES.issubset(entry.name for entry in entries):
            return  # a library of ours: its thumbnails are no new images
        for entry in entries:
            if entry.name.startswith("."):
                continue
            path = Path(entry.path)
            try:
                if entry.is_symlink() and not path.resolve().is_relative_to(self._root):
                    reason = "a link that leads out of the source"
                    yield self._broken(path, Problem(RejectCode.PATH_ESCAPE, reason))
                elif entry.is_dir():
                    if not entry.is_symlink():  # what it links to is met on its own
                        yield from self._walk(path)
                else:
                    yield self._item(path, entry.stat())
            except (OSError, RuntimeError):  # RuntimeError: links in a circle
                reason = "the file cannot be looked at"
                yield self._broken(path, Problem(RejectCode.UNREADABLE, reason))

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
            claims_image=claims_image(path.suffix),
        )

    def _broken(self, path: Path, problem: Problem) -> SourceItem:
        return SourceItem(f"file:{path}", path, 0, 0, self._dataset, problem=problem)

"""What came over the network and was refused, once more: a better release may read it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingest.sources.source import Source, SourceItem
from ingest.sources.spool import Settled, uri_of
from radalike.errors import ImageRejected, LibraryError, RejectCode, StorageError, UsageError
from radalike.library.ingesting.refused_files import RefusedFiles
from radalike.library.ingesting.run_folders import RunFolder
from radalike.storage import storage_errors


class RefusedSource(Source):
    """The files of `refused`, opened in a folder of `opened` while they are decoded. They are the
    items that they were when they came, and go when the library has them."""

    name = "refused"

    def __init__(self, refused: RefusedFiles, opened: Path, dataset: str, settled: Settled) -> None:
        self._refused = refused
        self._opened = opened
        self._dataset = dataset
        self._settled = settled

    def items(self) -> Iterator[SourceItem]:
        """Raises UsageError when there are none, StorageFull."""
        try:
            contents = self._refused.contents()
        except OSError as exc:
            raise UsageError(
                f"what was refused cannot be read: {exc.strerror}",
                hint="`radalike listen` keeps it; check the library's permissions",
            ) from exc
        folder = RunFolder(self._opened)
        for content in contents:
            try:
                size = self._refused.size(content)
            except FileNotFoundError:  # erased since it was listed
                continue
            unsealed = _Unsealed(content, self._refused, folder)
            yield SourceItem(uri_of(content), unsealed, size, 0, self._dataset)

    def settle(self) -> None:
        uris = {uri_of(content): content for content in self._refused.contents()}
        for uri, outcome in self._settled(list(uris)).items():
            if outcome != "rejected":
                self._refused.delete(uris[uri])


@dataclass(slots=True)
class _Unsealed:
    """One file, opened when it is wanted (see Fetched in ingest/sources/source.py)."""

    content: str
    refused: RefusedFiles = field(compare=False)
    folder: RunFolder = field(compare=False)
    _file: Path | None = field(default=None, init=False, compare=False)

    def fetch(self) -> Path:
        """Raises ImageRejected when its seal does not open, StorageFull."""
        if self._file is None:
            file = self.folder.path / self.content
            try:
                with storage_errors(), self.refused.open(self.content) as opened:
                    file.touch(mode=0o600)
                    with file.open("wb") as plain:
                        shutil.copyfileobj(opened, plain)
            except StorageError:
                file.unlink(missing_ok=True)
                raise
            except LibraryError as exc:
                file.unlink(missing_ok=True)
                raise ImageRejected(RejectCode.UNREADABLE, str(exc)) from exc
            self._file = file
        return self._file

    def release(self) -> None:
        if self._file is not None:
            self._file.unlink(missing_ok=True)
            self._file = None

"""Fetching the instances of one study: as a stream of all of them, or one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import requests

from ingest.sources.dicomweb.multipart import MultipartError
from ingest.sources.dicomweb.server import DicomwebServer
from radalike.errors import ImageRejected
from radalike.library.ingesting.run_folders import RunFolder

_MOST_KEPT_BYTES = 4 * 1024**3  # of instances that came before they were asked for
_META_BYTES = 64 * 1024
_LONG_VRS = tuple(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())


class StudyDownload:
    """Instances of one study for the threads that ask for them.

    The study is read as far as the instance that is asked for; those that come before it wait on
    disk. What it does not hold, or not whole, is then fetched alone.
    """

    def __init__(
        self,
        server: DicomwebServer,
        study: str,
        series_of: dict[str, str],
        folder: RunFolder,
        *,
        as_a_whole: bool,
    ) -> None:
        """series_of: series of each instance that will be asked for."""
        self._server = server
        self._study = study
        self._series_of = series_of
        self._folder = folder
        self._files: Iterator[Path] | None = (
            server.study(study, folder.path) if as_a_whole else None
        )
        self._kept: dict[str, Path] = {}
        self._kept_bytes = 0
        self._one_at_a_time = Lock()

    def fetch(self, instance: str) -> Path:
        """A file that is the caller's from now on. Raises ImageRejected, StorageFull."""
        with self._one_at_a_time:
            while instance not in self._kept and self._files is not None:
                self._read_on(self._files)
            file = self._kept.pop(instance, None)
            if file is not None:
                self._kept_bytes -= file.stat().st_size
                return file
        return self._server.instance(
            self._study, self._series_of[instance], instance, self._folder.path
        )

    def _read_on(self, files: Iterator[Path]) -> None:
        try:
            file = next(files, None)
        except (requests.RequestException, MultipartError, ImageRejected):
            file = None  # each of the rest is asked for alone, and says what is wrong with it
        if file is None or self._kept_bytes > _MOST_KEPT_BYTES:
            self._files = None  # which closes the connection
        if file is None:
            return
        instance = media_storage_instance(file)
        if instance in self._series_of and instance not in self._kept:
            self._kept[instance] = file
            self._kept_bytes += file.stat().st_size
        else:
            file.unlink()


@dataclass(slots=True, eq=False)
class FetchedInstance:
    """One instance that is fetched when it is wanted (see Fetched in ingest/sources/source.py)."""

    download: StudyDownload
    instance: str
    _file: Path | None = field(default=None, init=False)

    def fetch(self) -> Path:
        if self._file is None:
            self._file = self.download.fetch(self.instance)
        return self._file

    def release(self) -> None:
        if self._file is not None:
            self._file.unlink(missing_ok=True)
            self._file = None


def media_storage_instance(path: Path) -> str | None:
    """The SOP Instance UID in the file meta information (PS3.10 §7.1), None where there is none
    that can be read. Only the beginning is looked at, and nothing is parsed but that."""
    with path.open("rb") as file:
        head = file.read(_META_BYTES)
    if head[128:132] != b"DICM":
        return None
    at = 132
    while head[at : at + 2] == b"\x02\x00":  # group 0002, always explicit VR little endian
        long = head[at + 4 : at + 6] in _LONG_VRS
        start = at + (12 if long else 8)
        length = int.from_bytes(head[start - (4 if long else 2) : start], "little")
        value = head[start : start + length]
        if head[at + 2 : at + 4] == b"\x03\x00" and len(value) == length:
            return value.decode("ascii", "replace").strip("\0 ")
        at = start + length
    return None

"""Images of a DICOMweb server (a PACS, a research archive), fetched when they are decoded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from threading import Event

from ingest.sources.dicomweb.address import Address, Credentials
from ingest.sources.dicomweb.server import DicomwebServer, ListingRefused
from ingest.sources.dicomweb.study_download import FetchedInstance, StudyDownload
from ingest.sources.source import Problem, Source, SourceItem
from radalike.errors import RejectCode
from radalike.library.ingesting.run_folders import RunFolder

# A study is read as a whole unless only a few of its instances are wanted: one alone costs a
# request of tens of milliseconds, all others are read for nothing.
_FEW, _SMALL_SHARE = 3, 1 / 8

Known = Callable[[Sequence[str]], Collection[str]]


class DicomwebSource(Source):
    """All instances of the studies that match the address's query, study by study.

    `known` tells which of some uris need not be fetched: such instances are listed, and nothing
    else. An instance never changes under its UID (PS3.5 §9), so sizes and times are all 0.
    A study, an instance or a row of a list that cannot be had is an item with a problem.
    `spool` is a folder for what has been fetched and not yet decoded; `stop` ends all waiting.
    """

    name = "dicomweb"

    def __init__(
        self,
        address: Address,
        dataset: str,
        spool: Path,
        *,
        credentials: Credentials | None = None,
        known: Known = lambda _uris: (),
        stop: Event | None = None,
    ) -> None:
        self._address = address
        self._dataset = dataset
        self._spool = spool
        self._credentials = credentials
        self._known = known
        self._stop = stop or Event()

    def items(self) -> Iterator[SourceItem]:
        """Raises UsageError where access is denied, RadalikeError when the server cannot be
        reached or does not list its studies, StorageFull."""
        server = DicomwebServer(self._address, self._credentials, self._stop)
        folder = RunFolder(self._spool)
        for row, study in enumerate(server.studies()):
            if study is None:
                yield self._broken(f"studies?row={row}", "a study without a usable UID")
                continue
            try:
                listed = list(server.instances(study))
            except ListingRefused as exc:
                reason = f"the server does not list the study's instances (HTTP {exc.status})"
                yield self._broken(f"studies/{study}", reason, RejectCode.UNREADABLE)
                continue
            yield from self._study(server, study, listed, folder)

    def _study(
        self,
        server: DicomwebServer,
        study: str,
        listed: Sequence[tuple[str, str] | None],
        folder: RunFolder,
    ) -> Iterator[SourceItem]:
        uris = {
            uids: self._uri(f"studies/{study}/series/{uids[0]}/instances/{uids[1]}")
            for uids in listed
            if uids is not None
        }
        known = set(self._known(list(uris.values())))
        wanted = {instance: series for (series, instance), uri in uris.items() if uri not in known}
        download = StudyDownload(
            server,
            study,
            wanted,
            folder,
            as_a_whole=len(wanted) > max(_FEW, _SMALL_SHARE * len(listed)),
        )
        for (_, instance), uri in uris.items():
            content = FetchedInstance(download, instance)
            yield SourceItem(uri, content, 0, 0, self._dataset, claims_image=True)
        for row, uids in enumerate(listed):
            if uids is None:
                yield self._broken(f"studies/{study}?row={row}", "an instance without usable UIDs")

    def _broken(
        self, path: str, reason: str, code: RejectCode = RejectCode.INVALID_ATTRIBUTES
    ) -> SourceItem:
        return SourceItem(self._uri(path), b"", 0, 0, self._dataset, problem=Problem(code, reason))

    def _uri(self, path: str) -> str:
        return f"dicomweb:{self._address.base}/{path}"

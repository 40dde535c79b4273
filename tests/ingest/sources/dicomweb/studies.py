"""The studies that the DICOMweb tests work on, and the ways to read them."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from ingest.pipeline import ingest
from ingest.report import IngestReport
from ingest.sources.dicomweb.address import Credentials, parse_address
from ingest.sources.dicomweb.opening import open_dicomweb
from ingest.sources.dicomweb.source import DicomwebSource
from ingest.sources.dicomweb.study_download import FetchedInstance
from ingest.sources.source import SourceItem
from radalike.errors import ImageRejected, RejectCode
from radalike.library import Library
from tests.ingest.files import ROOT_UID, write_dicom

STUDIES, EACH = 2, 5


def write_studies(folder: Path, studies: int = STUDIES, each: int = EACH) -> list[Path]:
    return [
        write_dicom(
            folder / f"{study}-{number}.dcm",
            10 * study + number,
            PatientID=f"P{study}",
            StudyInstanceUID=f"{ROOT_UID}.3.{study}",
            SeriesInstanceUID=f"{ROOT_UID}.2.{study}.{number % 2}",
        )
        for study in range(studies)
        for number in range(each)
    ]


def ingest_from(library: Library, url: str) -> IngestReport:
    return ingest(library, [open_dicomweb(library, f"dicomweb+{url}", "local", Event())])


def source_of(
    url: str, spool: Path, *, credentials: Credentials | None = None, stop: Event | None = None
) -> DicomwebSource:
    address = parse_address(f"dicomweb+{url}")
    return DicomwebSource(address, "local", spool, credentials=credentials, stop=stop)


def items_of(url: str, spool: Path, query: str = "") -> list[SourceItem]:
    return list(source_of(url + query, spool).items())


def contents_of(items: list[SourceItem]) -> list[bytes]:
    """What each item's file holds, each released before the next."""
    found = []
    for item in items:
        assert isinstance(item.content, FetchedInstance)
        found.append(item.content.fetch().read_bytes())
        item.content.release()
    return found


def failure_of(item: SourceItem) -> RejectCode:
    assert isinstance(item.content, FetchedInstance)
    with pytest.raises(ImageRejected) as caught:
        item.content.fetch()
    assert ROOT_UID not in str(caught.value)
    return caught.value.code

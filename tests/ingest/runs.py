"""Ingests in this process, and what they left in the library."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from ingest.pipeline import ingest
from ingest.report import IngestReport
from ingest.sources.folder import FolderSource
from ingest.sources.manifest import REQUIRED, ManifestSource
from radalike.catalog.store import Catalog
from radalike.embeddings.parts import read_part
from radalike.library import Library
from radalike.library.checking import check_library
from radalike.records import ImageRecord


def ingest_folder(library: Library, *roots: Path, **named: Any) -> IngestReport:
    return ingest(library, [FolderSource(root, "local") for root in roots], **named)


def ingest_manifest(
    library: Library, root: Path, rows: list[str], labels: str = ""
) -> IngestReport:
    """Ingest a manifest of `rows` (without a header) over `root`."""
    manifest = root.parent / "manifest.csv"
    header = ",".join((*REQUIRED, *filter(None, labels.split(","))))
    manifest.write_text("\n".join((header, *rows)) + "\n")
    return ingest(library, [ManifestSource(manifest, root)])


def adds_up(report: IngestReport) -> bool:
    ended = report.added + report.known + report.skipped + report.rejected
    return report.discovered == ended + report.left


def rejected(library: Library) -> Counter[str]:
    """The catalog's rejects by code."""
    return Counter(each.code for each in library.catalog.rejects())


def assert_sound(library: Library) -> None:
    """Parts, catalog and index agree, and no image is there twice."""
    assert check_library(library, lambda _done, _total: None) == []
    in_parts = part_ids(library)
    in_catalog = [image for image, _ in library.catalog.metadata()]
    assert len(set(in_catalog)) == len(in_catalog)
    assert sorted(in_parts) == sorted(in_catalog)


def part_ids(library: Library) -> list[str]:
    """The ids of all rows of all parts that count."""
    folder = library.layout.embeddings(library.fingerprint)
    return [
        image
        for part in library.catalog.parts(library.fingerprint)
        for image in read_part(folder / part.name).ids
    ]


def records_of(library: Library) -> list[ImageRecord]:
    """Every record of the catalog."""
    ids = [image for image, _ in library.catalog.metadata()]
    return list(library.catalog.records(ids).values())


def images_in(catalog_url: str) -> int:
    catalog = Catalog.open(catalog_url)
    try:
        return catalog.totals()["images"]
    finally:
        catalog.close()

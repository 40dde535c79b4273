"""A manifest CSV in the study's format, from what a library knows of its images."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

from ingest.sources.manifest import OPTIONAL, REQUIRED, SPLITS
from radalike.errors import UsageError
from radalike.records import ImageRecord, Metadata
from radalike.vocabulary import anatomy_term


@dataclass(frozen=True, slots=True)
class Columns:
    """How many images there are, the labels that they have, and those of OPTIONAL that any has:
    pseudonyms, which group images and name nobody."""

    images: int
    labels: tuple[str, ...]
    optional: tuple[str, ...]


def columns_of(records: Iterable[ImageRecord], *, strict: bool) -> Columns:
    """Raises UsageError, when `strict`, for a label or split that has no place in a manifest."""
    images, labels, optional = 0, set[str](), set[str]()
    for record in records:
        images += 1
        known = record.metadata
        strange = [label for label in known.labels if "/" not in label]
        if strict and strange:
            raise UsageError(
                f"the label {strange[0]!r} is not modality/region/pathology",
                hint="a manifest has no place for it: export .parquet, without --manifest",
            )
        if strict and (known.split or "") not in SPLITS:
            raise UsageError(
                f"the split {known.split!r} is not train, val or test",
                hint="a manifest has no place for it: export .parquet, without --manifest",
            )
        labels.update(known.labels)
        optional.update(name for name in OPTIONAL if getattr(known, name))
    return Columns(
        images, tuple(sorted(labels)), tuple(name for name in OPTIONAL if name in optional)
    )


class ManifestWriter:
    """Writes rows to an open file, streaming."""

    def __init__(self, file: TextIO, columns: Columns) -> None:
        self._columns = columns
        self._place = {label: place for place, label in enumerate(columns.labels)}
        self._rows = csv.writer(file, lineterminator="\n")
        self._rows.writerow((*REQUIRED, *columns.optional, *columns.labels))

    def write(self, record: ImageRecord, name: str) -> None:
        known = record.metadata
        chosen = ["0"] * len(self._place)
        for label in known.labels:
            chosen[self._place[label]] = "1"
        own = [getattr(known, each) or "" for each in self._columns.optional]
        first = (name, known.dataset, known.split or "", known.modality.value, _region(known))
        self._rows.writerow((*first, *own, *chosen))


def _region(known: Metadata) -> str:
    """The organ where that says it all, else the region."""
    if known.organ:
        anatomy, organ = anatomy_term([(known.organ, "manifest", 1.0)])
        if (anatomy.value, organ) == (known.anatomy.value, known.organ):
            return known.organ
    return known.anatomy.value

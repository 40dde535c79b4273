"""Encoding in this process, and what it left in the library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ingest.encoding.report import EncodeReport
from ingest.encoding.run import encode
from radalike.embeddings.parts import read_part
from radalike.library import Library
from radalike.library.checking import check_library
from radalike.records import Vectors


def encoded(library: Library, *roots: Path, **named: Any) -> EncodeReport:
    """Encode, and hold what it says against what is there."""
    report = encode(library, roots=roots, **named)
    ended = report.already + report.encoded + report.missing + report.changed + report.rejected
    assert report.images == ended + report.left
    assert report.images == library.catalog.totals()["images"]
    assert report.left == 0 or report.interrupted
    assert sum(report.missing_by_reason.values()) == report.missing
    assert sum(report.rejects.values()) == report.rejected
    assert check_library(library, lambda _done, _total: None) == []
    points = list(vectors(library))
    assert len(set(points)) == len(points)
    return report


def vectors(library: Library) -> dict[str, Vectors]:
    """Every vector of the library's encoder, by point id."""
    folder = library.layout.embeddings(library.fingerprint)
    found: dict[str, Vectors] = {}
    for part in library.catalog.parts(library.fingerprint):
        chunk = read_part(folder / part.name)
        assert found.keys().isdisjoint(chunk.ids)
        found |= dict(zip(chunk.ids, chunk.vectors, strict=True))
    return found


def by_name(library: Library) -> dict[tuple[str | None, int], Vectors]:
    """Every vector by where its original was, and its frame."""
    records = library.catalog.records(list(library.metadata()))
    return {
        (library.locate(records[image]), records[image].frame): vector
        for image, vector in vectors(library).items()
    }


def assert_same_vectors(one: Library, other: Library) -> None:
    """Of the same originals, to the last bits of float32."""
    first, second = by_name(one), by_name(other)
    assert first.keys() == second.keys()
    for name, vector in first.items():
        np.testing.assert_allclose(vector, second[name], atol=1e-6)

"""An adapted encoder's vectors come from those that are stored, not from originals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from ingest.encoding.adapted import encode_adapted
from ingest.encoding.report import EncodeReport
from radalike.encoders.base import Encoder
from radalike.library import Library
from radalike.library.adaptation.learning import adapt
from radalike.library.writing.additions import ImageInput
from radalike.records import Metadata
from tests.conftest import opened
from tests.ingest.encoding.runs import vectors
from tests.ingest.small_encoder import CELLS
from tests.radalike.library.two_encoders import library_of
from tests.radalike.pictures import KINDS, picture

IMAGES = 36


def labelled(start: int, count: int) -> list[ImageInput]:
    kinds = list(KINDS)
    return [
        ImageInput(
            f"{number}.png",
            picture(kinds[number % 3], number),
            Metadata(dataset="set", labels=(kinds[number % 3],), split="train"),
        )
        for number in range(start, start + count)
    ]


def mapped(library: Library, stop: Event | None = None) -> EncodeReport:
    report = encode_adapted(library, stop=stop or Event(), progress=lambda _done, _total: None)
    assert report.images == report.already + report.encoded + report.missing + report.left
    assert len(vectors(library)) == report.already + report.encoded
    return report


@pytest.fixture
def library(tmp_path: Path, encoder: Encoder) -> Iterator[Library]:
    """One whose adapter `ours` has mapped all that there was."""
    with opened(tmp_path / "library", encoder, part_rows=9, backend="exact") as library:
        library.add(labelled(0, IMAGES))
        adapt(library, "ours", method="whiten")
        yield library


def test_what_came_since_is_mapped_and_nothing_twice(library: Library) -> None:
    library.add(labelled(IMAGES, 5))
    with library.using("ours") as adapted:
        report = mapped(adapted)
        assert (report.already, report.encoded, report.computed) == (IMAGES, 5, 5)
        assert report.is_whole
        again = mapped(adapted)
        assert (again.already, again.encoded, again.parts) == (IMAGES + 5, 0, 0)


def test_what_the_adapted_encoder_has_not_seen_is_missing(library: Library) -> None:
    with library_of(library.layout.root, CELLS) as other:
        other.add(labelled(IMAGES, 2))
    with library.using("ours") as adapted:
        report = mapped(adapted)
    assert report.missing_by_reason == {"NotEncoded": 2}
    assert "`radalike encode --encoder` with its id first" in " ".join(report.sentences())


def test_it_stops_after_a_part_and_goes_on(library: Library) -> None:
    for start in (0, 9):
        library.add(labelled(IMAGES + start, 9))
    stop = Event()
    stop.set()
    with library.using("ours") as adapted:
        report = mapped(adapted, stop)
        assert (report.interrupted, report.encoded, report.left) == (True, 9, 9)
        assert mapped(adapted).encoded == 9

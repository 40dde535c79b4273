"""Reading images again that are known: their pixels, and nothing else that a file says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ingest.decoding.decode import Rereading, decode
from ingest.decoding.messages import Decoded, DecodedFrame, Outcome, Rejected, Skipped
from ingest.decoding.pool import ReadAgain
from ingest.sources.source import SourceItem
from radalike.imaging.preparation import prepare
from radalike.imaging.preprocessing import Preprocessing
from radalike.imaging.thumbnails import content_hash
from tests.ingest.decoding.pools import PREPROCESSING, USUAL, decoded
from tests.ingest.files import picture, write_dicom, write_png

SMALL = Preprocessing(size=16, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
LOOP = np.stack([picture(number) for number in range(6)])


def again(path: Path, *frames: int, rendering: str = "stored-window", **how: Any) -> Outcome:
    return decode(
        path,
        dataset="local",
        claims_image=True,
        preprocessing=SMALL,
        frames=2,
        rendering=rendering,
        again=Rereading(frames, **how),
    )


def frames_of(outcome: Outcome) -> dict[int, DecodedFrame]:
    assert isinstance(outcome, Decoded)
    assert (outcome.identity, outcome.metadata, outcome.evidence, outcome.kept) == (None,) * 4
    assert all(frame.thumbnail is None for frame in outcome.frames)
    return {frame.number: frame for frame in outcome.frames}


def test_the_frames_that_are_wanted_and_no_others(tmp_path: Path) -> None:
    """However many an ingest would take of such a file."""
    found = frames_of(again(write_dicom(tmp_path / "loop.dcm", LOOP), 4, 1, 3))
    assert list(found) == [4, 1, 3]
    for number, frame in found.items():
        assert frame.content == content_hash(LOOP[number])
        assert np.array_equal(frame.prepared, prepare(LOOP[number], SMALL))


def test_a_frame_that_is_there_no_more_is_left_out(tmp_path: Path) -> None:
    assert list(frames_of(again(write_dicom(tmp_path / "loop.dcm", LOOP), 5, 6))) == [5]
    assert list(frames_of(again(write_png(tmp_path / "a.png", 1), 0))) == [0]
    assert frames_of(again(write_png(tmp_path / "a.png", 1), 1)) == {}


def test_what_it_looks_like_by_other_renderings(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "ct.dcm", 1, WindowCenter=100, WindowWidth=50)
    by = {
        rendering: frames_of(again(path, 0, rendering=rendering))[0].content
        for rendering in ("stored-window", "percentile")
    }
    assert len(set(by.values())) == 2
    both = ("percentile", "stored-window")
    frame = frames_of(again(path, 0, rendering="percentile", renderings=both))[0]
    assert (frame.content, frame.other_contents) == (by["percentile"], (by["stored-window"],))
    raster = frames_of(again(write_png(tmp_path / "a.png", 1), 0, renderings=both))[0]
    assert raster.other_contents == ()


def test_tiles_are_cut_from_the_full_frame(tmp_path: Path) -> None:
    frame = frames_of(again(write_dicom(tmp_path / "loop.dcm", LOOP), 2, tiles="2x1"))[2]
    assert [region for region, _ in frame.tiles] == ["0,0,64,32", "0,32,64,32"]
    for (_, tile), rows in zip(frame.tiles, (LOOP[2][:32], LOOP[2][32:]), strict=True):
        assert np.array_equal(tile, prepare(rows, SMALL))


def test_what_is_no_image_any_more(tmp_path: Path) -> None:
    report = write_dicom(tmp_path / "sr.dcm", 1, Modality="SR")
    assert isinstance(again(report, 0), Skipped)
    (tmp_path / "empty.png").touch()
    found = again(tmp_path / "empty.png", 0)
    assert isinstance(found, Rejected)
    assert found.code == "Empty"


def test_through_the_pool(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "loop.dcm", LOOP)
    item = SourceItem("one", path, 0, 0, "local", claims_image=True, frames=(5, 0))
    limits = replace(USUAL, again=ReadAgain(("percentile",), "2x2"))
    ((name, outcome),) = decoded([item], limits=limits, processes=1)
    found = frames_of(outcome)
    assert (name, list(found)) == ("one", [5, 0])
    assert [len(frame.tiles) for frame in found.values()] == [4, 4]
    assert np.array_equal(found[5].prepared, prepare(LOOP[5], PREPROCESSING))
    assert all(len(frame.other_contents) == 1 for frame in found.values())

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoding.archive_reader import Stamp
from ingest.decoding.contents import Local
from ingest.decoding.messages import (
    Decoded,
    DecodedFrame,
    Outcome,
    Rejected,
    Request,
    Skipped,
    receive_outcome,
    receive_request,
    send_outcome,
    send_request,
)
from ingest.sources.source import ArchiveMember
from radalike.imaging.dicom.metadata import Identity
from radalike.records import Metadata, Term

# What the pool takes for a decoder that has gone wrong; anything else would end its thread.
_HANDLED = (EOFError, OSError, ValueError, KeyError, TypeError)


def passed(outcome: Outcome) -> Outcome:
    ours, theirs = Pipe()
    with ours, theirs:
        send_outcome(theirs, outcome)
        return receive_outcome(ours)


@pytest.mark.parametrize("outcome", [Skipped(), Rejected("Empty", "the file is empty")])
def test_an_outcome_without_pixels_arrives_as_it_was_sent(outcome: Outcome) -> None:
    assert passed(outcome) == outcome


def test_frames_arrive_as_they_were_sent() -> None:
    grey = np.arange(16, dtype=np.uint8).reshape(4, 4)
    colour = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    metadata = Metadata(
        dataset="ds", modality=Term("CT", "Modality", 1.0), labels=("a/b/c",), age=63
    )
    sent = Decoded(
        (
            DecodedFrame(0, "0" * 64, 9, 8, (), grey, b"first"),
            DecodedFrame(7, "1" * 64, 7, 6, ("percentile-window",), colour[::-1], None),
            DecodedFrame(
                9,
                "2" * 64,
                7,
                6,
                (),
                colour,
                b"last",
                ("3" * 64, "4" * 64),
                (("0,0,2,4", grey[:, :2]), ("2,0,2,4", colour)),
            ),
            DecodedFrame(10, "5" * 64, 7, 6, (), grey, None),
        ),
        Identity("1.2", "1.3", "1.4", "P", ""),
        metadata,
    )
    received = passed(sent)
    assert isinstance(received, Decoded)
    assert (received.identity, received.metadata) == (sent.identity, sent.metadata)
    for before, after in zip(sent.frames, received.frames, strict=True):
        assert np.array_equal(before.prepared, after.prepared)
        names = ("number", "content", "width", "height", "warnings", "thumbnail", "other_contents")
        for name in names:
            assert getattr(before, name) == getattr(after, name)
        assert [region for region, _ in after.tiles] == [region for region, _ in before.tiles]
        for (_, sent_tile), (_, tile) in zip(before.tiles, after.tiles, strict=True):
            assert np.array_equal(sent_tile, tile)


def test_a_frame_larger_than_the_socket_holds_arrives_whole() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (1024, 1024, 3), dtype=np.uint8)
    sent = Decoded((DecodedFrame(0, "0" * 64, 9, 8, (), pixels, b"picture"),), None, None)
    ours, theirs = Pipe()
    with ours, theirs, ThreadPoolExecutor(1) as other:
        sending = other.submit(send_outcome, theirs, sent)
        received = receive_outcome(ours)
        sending.result()
    assert isinstance(received, Decoded)
    assert np.array_equal(received.frames[0].prepared, pixels)
    assert received.frames[0].thumbnail == b"picture"


@pytest.mark.parametrize(
    "content", [Path("/a/b \udcff.dcm"), b"bytes", ArchiveMember(Path("/a/b \udcff.zip"), 7)]
)
@pytest.mark.parametrize("stamp", [None, Stamp(2**40, 2**31)])
def test_a_request_arrives_as_it_was_sent(content: Local, stamp: Stamp | None) -> None:
    for frames in ((), (0,), (3, 17)):
        request = Request(content, "ds", claims_image=True, stamp=stamp, frames=frames)
        ours, theirs = Pipe()
        with ours, theirs:
            send_request(ours, request)
            assert receive_request(theirs) == request


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
_FRAMES = st.lists(st.dictionaries(st.sampled_from(["shape", "number"]), _JSON, max_size=2))
_TERMS = st.fixed_dictionaries({"modality": _JSON, "anatomy": _JSON})
_HEADERS = (
    _JSON
    | st.fixed_dictionaries({"code": _JSON}, optional={"reason": _JSON})
    | st.fixed_dictionaries(
        {
            "frames": _FRAMES | _JSON,
            "identity": st.none() | _JSON,
            "metadata": st.none() | _TERMS | _JSON,
        }
    )
)


@settings(max_examples=200, deadline=None)
@given(header=_HEADERS, block=st.binary(max_size=32))
def test_whatever_a_decoder_sends_is_an_outcome_or_an_error_the_pool_handles(
    header: Any, block: bytes
) -> None:
    ours, theirs = Pipe()
    with ours:
        with theirs:
            theirs.send_bytes(json.dumps(header).encode())
            theirs.send_bytes(block)
        try:
            outcome = receive_outcome(ours)
        except _HANDLED:
            return
    assert isinstance(outcome, Decoded | Skipped | Rejected)


def test_pixels_of_another_shape_than_announced_are_an_error() -> None:
    """A frame that the encoder cannot take must not come out of a decoding process."""
    frame = {
        "number": 0,
        "content": "0" * 64,
        "width": 1,
        "height": 1,
        "warnings": [],
        "shape": [4, 4],
        "thumbnail": 0,
    }
    header = {"frames": [frame], "identity": None, "metadata": None}
    ours, theirs = Pipe()
    with ours, theirs:
        theirs.send_bytes(json.dumps(header).encode())
        theirs.send_bytes(b"too few")
        with pytest.raises(ValueError, match="buffer"):
            receive_outcome(ours)

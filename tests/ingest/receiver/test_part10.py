from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian

from ingest.receiver.part10 import file_head

_UIDS = st.lists(st.integers(0, 10**9), min_size=2, max_size=5).map(
    lambda parts: ".".join(["1", *map(str, parts)])
)


@given(kind=_UIDS, instance=_UIDS)
def test_pydicom_reads_what_was_given(kind: str, instance: str) -> None:
    head = file_head(kind, instance, ExplicitVRLittleEndian)
    dataset = dcmread(BytesIO(head))
    assert len(dataset) == 0
    meta = dataset.file_meta
    assert (meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID) == (kind, instance)
    assert meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert len(head) == 144 + meta.FileMetaInformationGroupLength


@pytest.mark.parametrize("text", ["ä" * 80, "1" * 1000, ""])
def test_texts_that_are_no_uids_do_not_break_the_head(text: str) -> None:
    head = file_head(text, text, ExplicitVRLittleEndian)
    assert len(head) % 2 == 0
    assert head[128:132] == b"DICM"

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

import search_ui.session
from radalike.errors import ImageRejected, LibraryNotFound, WeightsMissing
from radalike.library import Library
from radalike.library.queries import render_bytes
from radalike.settings import load_settings
from search_ui.session import SearchSession
from search_ui.visit import UploadedQuery

PngOf = Callable[[str, str, int], bytes]


@pytest.fixture
def session(own_folder: Path) -> Iterator[SearchSession]:
    opened = SearchSession.open(load_settings(library=own_folder))
    yield opened
    opened.close()


def dicom(pixels: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> bytes:
    dataset = pydicom.Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, generate_uid()
    dataset.PatientName, dataset.Modality = "SECRET^NAME", "OT"
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelRepresentation, dataset.PixelData = 0, pixels.tobytes()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def test_an_upload_becomes_a_vector_and_a_preview(session: SearchSession, png_of: PngOf) -> None:
    uploaded = session.uploaded_query(png_of("CT", "chest", 0))
    assert (uploaded.width, uploaded.height) == (80, 96)
    assert np.linalg.norm(uploaded.vector) == pytest.approx(1.0, abs=1e-5)
    assert Image.open(io.BytesIO(uploaded.preview)).size == (80, 96)


def test_nothing_of_a_dicom_file_but_its_picture_is_kept(
    session: SearchSession, caplog: pytest.LogCaptureFixture
) -> None:
    pixels = np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1))
    with caplog.at_level(logging.DEBUG):
        uploaded = session.uploaded_query(dicom(pixels))
    assert (uploaded.width, uploaded.height) == (64, 48)
    assert b"SECRET" not in uploaded.preview
    assert "SECRET" not in caplog.text
    assert set(UploadedQuery.__slots__) == {"vector", "preview", "width", "height"}


def test_a_file_that_is_no_image_is_rejected(session: SearchSession) -> None:
    with pytest.raises(ImageRejected):
        session.uploaded_query(b"SECRET is no image")


def test_uploads_at_the_same_time_give_the_vectors_they_give_one_by_one(
    session: SearchSession, png_of: PngOf
) -> None:
    files = [png_of("CT", "brain", number) for number in range(4)]
    alone = [session.uploaded_query(file).vector for file in files]
    together: dict[int, UploadedQuery] = {}

    def upload(number: int) -> None:
        together[number] = session.uploaded_query(files[number])

    threads = [Thread(target=upload, args=(number,)) for number in range(len(files))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, vector in enumerate(alone):
        assert np.array_equal(together[number].vector, vector)


def test_one_thread_at_a_time_reads_and_encodes(
    session: SearchSession, png_of: PngOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[int] = []
    most: list[int] = []

    def watched(data: bytes, rendering: str) -> object:
        inside.append(1)
        most.append(len(inside))
        try:
            return render_bytes(data, rendering)
        finally:
            inside.pop()

    monkeypatch.setattr(search_ui.session, "render_bytes", watched)
    file = png_of("CT", "brain", 0)
    threads = [Thread(target=session.uploaded_query, args=(file,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 4


def test_a_library_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotFound):
        SearchSession.open(load_settings(library=tmp_path / "none"))


def test_an_encoder_that_cannot_be_loaded_is_told_of_and_stops_nothing(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def missing(_library: Library) -> None:
        raise WeightsMissing("the weights are not here", hint="install them")

    monkeypatch.setattr(Library, "load_encoder", lambda library, _precision="": missing(library))
    session = SearchSession(Library.open(own_folder))
    session.warm_up()
    assert "the weights are not here" in caplog.text
    assert session.library.facet("modality")
    with pytest.raises(WeightsMissing):
        session.uploaded_query(dicom(np.zeros((8, 8), dtype=np.uint8)))
    session.close()

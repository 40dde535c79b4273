from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

from radalike.errors import (
    ImageRejected,
    LibraryNotFound,
    RadalikeError,
    UsageError,
    WeightsMissing,
)
from radalike.library import Library
from radalike.library.search.regions import Region
from radalike.settings import load_settings
from search_ui.searching.visit import Shown, UploadedQuery
from search_ui.served import PICTURE_SIDE, Served

PngOf = Callable[[str, str, int], bytes]


@pytest.fixture
def own(own_folder: Path) -> Iterator[Served]:
    """A server of its own, as it is opened."""
    opened = Served.open(load_settings(library=own_folder, upload_mib=1))
    yield opened
    opened.close()


def dicom(*frames: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> bytes:
    dataset = pydicom.Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, generate_uid()
    dataset.PatientName, dataset.Modality = "SECRET^NAME", "OT"
    dataset.Rows, dataset.Columns = frames[0].shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelRepresentation = 0
    dataset.PixelData = b"".join(frame.tobytes() for frame in frames)
    if len(frames) > 1:
        dataset.NumberOfFrames = len(frames)
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def together(*calls: Callable[[], Any]) -> list[Any]:
    """What the calls give, made at the same time; a call that raises gives its error."""
    answers: list[Any] = [None] * len(calls)

    def ask(number: int) -> None:
        try:
            answers[number] = calls[number]()
        except RadalikeError as error:
            answers[number] = error

    threads = [Thread(target=ask, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_an_upload_becomes_a_vector_and_a_picture(served: Served, png_of: PngOf) -> None:
    uploaded = served.receive(png_of("CT", "chest", 0))
    assert (uploaded.width, uploaded.height) == (80, 96)
    vector = served.vector(uploaded, None, served.space(""))
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
    assert Image.open(io.BytesIO(uploaded.picture)).size == (80, 96)
    assert uploaded.info.kind == "raster"


def test_nothing_of_a_dicom_file_but_its_picture_is_kept(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    pixels = np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1))
    with caplog.at_level(logging.DEBUG):
        uploaded = served.receive(dicom(pixels))
    assert (uploaded.width, uploaded.height) == (64, 48)
    assert "SECRET" not in repr(uploaded)
    assert "SECRET" not in caplog.text
    assert set(UploadedQuery.__slots__) == {
        "token",
        "info",
        "shown",
        "picture",
        "content",
        "width",
        "height",
        "patient",
    }


def test_another_frame_is_another_picture_and_another_query(served: Served) -> None:
    random = np.random.default_rng(0)
    frames = [random.integers(0, 255, (48, 64), dtype=np.uint8) for _ in range(3)]
    middle = served.receive(dicom(*frames))
    assert middle.info.frames == 3
    last = served.look(middle, Shown(frame=2, rendering=middle.shown.rendering))
    assert last.token == middle.token
    assert last.content != middle.content
    assert last.picture != middle.picture
    space = served.space("")
    assert not np.array_equal(served.vector(last, None, space), served.vector(middle, None, space))
    with pytest.raises(UsageError):
        served.look(middle, Shown(frame=3))


def test_a_query_is_encoded_once(
    served: Served, png_of: PngOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploaded, space = served.receive(png_of("CT", "brain", 3)), served.space("")
    first = served.vector(uploaded, None, space)
    part = served.vector(uploaded, Region(0, 0, 0.5, 0.5), space)
    assert not np.array_equal(part, first)
    monkeypatch.setattr(served, "_pixels", None)  # not asked for again
    assert served.vector(replace(uploaded), None, space) is first
    assert served.vector(uploaded, Region(0, 0, 0.5, 0.5), space) is part


def test_a_file_that_is_no_image_is_rejected_and_not_kept(own: Served) -> None:
    tokens: list[str] = []
    put = own.uploads.put
    own.uploads.put = lambda data: tokens.append(put(data)) or tokens[-1]  # type: ignore[method-assign,func-returns-value]
    with pytest.raises(ImageRejected):
        own.receive(b"SECRET is no image")
    with pytest.raises(UsageError, match="no longer kept"):
        own.uploads.get(tokens[0])


def test_an_upload_that_is_too_large_is_not_decoded(own: Served) -> None:
    with pytest.raises(UsageError, match=r"1\.0 MB"):
        own.receive(bytes(1024**2 + 1))


def test_an_upload_that_made_room_is_told_of(served: Served, png_of: PngOf) -> None:
    uploaded = served.receive(png_of("CT", "chest", 5))
    served.uploads.drop(uploaded.token)
    with pytest.raises(UsageError, match="no longer kept"):
        served.vector(uploaded, None, served.space(""))
    with pytest.raises(UsageError, match="no longer kept"):
        served.look(uploaded, Shown())


def test_uploads_at_the_same_time_give_the_vectors_they_give_one_by_one(
    served: Served, png_of: PngOf
) -> None:
    space = served.space("")
    files = [png_of("CT", "brain", number) for number in range(4)]

    def vector(file: bytes) -> Any:
        return served.vector(served.receive(file), None, space)

    alone = [vector(file) for file in files]
    at_once = together(*(lambda file=file: vector(file) for file in files))  # type: ignore[misc]
    for one, other in zip(alone, at_once, strict=True):
        assert np.array_equal(one, other)


def test_one_thread_at_a_time_encodes(
    served: Served, png_of: PngOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[int] = []
    most: list[int] = []
    space = served.space("")
    encode = space.encoder.encode

    def watched(images: Any) -> Any:
        inside.append(1)
        most.append(len(inside))
        try:
            return encode(images)
        finally:
            inside.pop()

    monkeypatch.setattr(space.encoder, "encode", watched)
    uploads = [served.receive(png_of("MR", "brain", 50 + number)) for number in range(4)]
    together(*(lambda each=each: served.vector(each, None, space) for each in uploads))  # type: ignore[misc]
    assert most == [1] * 4


def test_a_bad_upload_does_not_harm_those_beside_it(served: Served, png_of: PngOf) -> None:
    good = png_of("CT", "chest", 1)
    answers = together(
        lambda: served.receive(good),
        lambda: served.receive(good[:200]),
        lambda: served.receive(b"nothing"),
        lambda: served.receive(good),
    )
    assert isinstance(answers[0], UploadedQuery)
    assert isinstance(answers[1], ImageRejected)
    assert isinstance(answers[2], ImageRejected)
    assert isinstance(answers[3], UploadedQuery)
    assert answers[0].token != answers[3].token


def test_a_picture_of_the_page_is_bounded(served: Served) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((3000, 1500), dtype=np.uint8)).save(buffer, "PNG")
    uploaded = served.receive(buffer.getvalue())
    assert (uploaded.width, uploaded.height) == (1500, 3000)
    image = Image.open(io.BytesIO(uploaded.picture))
    assert image.size == (PICTURE_SIDE // 2, PICTURE_SIDE)
    assert image.format == "JPEG"
    assert not image.getexif()


def test_the_encoders_that_can_be_searched_with(served: Served) -> None:
    (own,) = served.encoders()
    assert own.id == served.library.encoder_id
    assert (own.covered, own.images) == (24, 24)
    assert own.embeds
    assert not own.reads_text
    assert served.encoders() is served.encoders()


def test_a_space_is_opened_once(served: Served) -> None:
    assert served.space("") is served.library
    assert served.space(served.library.encoder_id) is served.library


def test_a_library_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotFound):
        Served.open(load_settings(library=tmp_path / "none"))


def test_an_encoder_that_cannot_be_loaded_is_told_of_and_stops_nothing(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def missing(_library: Library) -> None:
        raise WeightsMissing("the weights are not here", hint="install them")

    monkeypatch.setattr(Library, "load_encoder", lambda library, _precision="": missing(library))
    served = Served(Library.open(own_folder))
    served.warm_up()
    assert "the weights are not here" in caplog.text
    assert served.library.facet("modality")
    uploaded = served.receive(dicom(np.zeros((8, 8), dtype=np.uint8)))
    with pytest.raises(WeightsMissing):
        served.vector(uploaded, None, served.space(""))
    served.close()

"""Pictures of images of the library: of the original where that may be shown, else as small as it
is kept."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedMRImageStorage, MRImageStorage

from radalike.catalog.store import Item
from radalike.imaging.dicom.image import read_dicom
from radalike.imaging.preparation import prepare
from radalike.imaging.thumbnails import content_hash, dicom_thumbnail, thumbnail
from radalike.library import Library
from radalike.library.browsing.pictures import Picture
from radalike.library.privacy.pseudonyms import public_identity
from radalike.library.search.queries import render_bytes
from radalike.library.search.regions import Region
from radalike.library.writing.additions import ImageInput
from radalike.library.writing.writer import NewImage, NewItem
from radalike.records import ImageRecord, Metadata, Pixels, Term
from tests.ingest.files import write_dicom
from tests.ingest.runs import ingest_folder, records_of
from tests.ingest.small_encoder import CELLS
from tests.radalike.library.two_encoders import library_of
from tests.radalike.pictures import picture as drawn

USUAL = frozenset("US SC XA OT".split())


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """One for all: each test adds its own images."""
    with library_of(tmp_path_factory.mktemp("pictures") / "library", CELLS) as library:
        yield library


def large(height: int = 900, width: int = 1200) -> Pixels:
    return drawn("XR", 7, height=height, width=width)


def write_png(path: Path, pixels: Pixels) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def added(library: Library, path: Path, frame: int = 0) -> ImageRecord:
    """An image whose original is at `path`, as an ingest keeps it."""
    data = path.read_bytes()
    pixels = render_bytes(data, frame=frame)
    small: bytes | None = thumbnail(pixels)
    if path.suffix == ".dcm":
        image = read_dicom(data)
        assert image is not None
        small = dicom_thumbnail(pixels, image.dataset, USUAL)
    record = ImageRecord(
        id=library.privacy.identity("file", str(path), str(frame)),
        content=content_hash(pixels),
        metadata=Metadata(dataset="private"),
        width=pixels.shape[1],
        height=pixels.shape[0],
        frame=frame,
        locator=library.privacy.seal(f"file:{path}"),
    )
    new = NewImage(record, prepare(pixels, library.spec.preprocessing), small)
    with library.writer() as writer:
        writer.add([NewItem(Item(record.id, 0, 0, "added", 1), (new,), "private")])
    return library.get(record.id)


def of_data_set(library: Library, name: str, pixels: Pixels, modality: str) -> ImageRecord:
    """A data set's image, by its public name."""
    metadata = Metadata(dataset="set", modality=Term(modality))
    library.add([ImageInput(name, pixels, metadata)])
    return library.get(public_identity("set", name))


def opened(picture: Picture | None) -> Pixels:
    """Its pixels, once it is known to be nothing but a JPEG of its size."""
    assert picture is not None
    with Image.open(io.BytesIO(picture.data)) as image:
        assert image.format == "JPEG"
        assert image.size == (picture.width, picture.height)
        assert not {"exif", "icc_profile", "xmp", "comment"} & set(image.info)
        return np.asarray(image)


def test_the_original_is_shown_at_the_size_asked_for(library: Library, tmp_path: Path) -> None:
    record = added(library, write_png(tmp_path / "Jane Doe.png", large()))
    whole = library.picture(record, 1024)
    assert whole is not None
    assert (whole.width, whole.height, whole.whole) == (1024, 768, True)
    expected = np.asarray(Image.fromarray(large()).resize((1024, 768))).astype(int)
    assert np.abs(opened(whole) - expected).mean() < 5
    small = library.picture(record, 300)
    assert small is not None
    assert (small.width, small.height) == (300, 225)
    assert b"Jane" not in whole.data + small.data


def test_a_small_image_is_not_made_larger(library: Library, tmp_path: Path) -> None:
    picture = library.picture(added(library, write_png(tmp_path / "a.png", large(30, 40))))
    assert picture is not None
    assert (picture.width, picture.height, picture.whole) == (40, 30, True)


def test_a_frame_of_several(library: Library, tmp_path: Path) -> None:
    frames = np.stack([np.full((300, 300), grey, np.uint8) for grey in (40, 120, 200)])
    path = write_dicom(
        tmp_path / "a.dcm", frames, Modality="MR", SOPClassUID=EnhancedMRImageStorage
    )
    found = [library.picture(added(library, path, frame)) for frame in (0, 1, 2)]
    means = [float(opened(picture).mean()) for picture in found]
    assert means == pytest.approx([40, 120, 200], abs=2)
    assert all(picture is not None and picture.whole for picture in found)


def test_a_data_set_s_image_needs_its_folder(library: Library, tmp_path: Path) -> None:
    write_png(tmp_path / "ct" / "a.png", large())
    record = of_data_set(library, "ct/a.png", large(), "CT")
    there, nowhere = library.picture(record, root=tmp_path), library.picture(record)
    assert there is not None
    assert nowhere is not None
    assert (there.whole, there.width) == (True, 1024)
    assert (nowhere.whole, nowhere.width) == (False, 256)


@pytest.mark.parametrize("content", [None, b"", b"text", "another"])
def test_where_the_original_is_gone_the_thumbnail_serves(
    library: Library, tmp_path: Path, content: bytes | str | None
) -> None:
    path = write_png(tmp_path / "a.png", large())
    record = added(library, path)
    path.unlink()
    if content == "another":
        write_png(path, drawn("CT", 3, height=900, width=1200))
    elif isinstance(content, bytes):
        path.write_bytes(content)
    picture = library.picture(record)
    assert picture is not None
    assert picture == Picture(library.thumbnail(record) or b"", 256, 192, whole=False)


def ultrasound_region(*box: int) -> Dataset:
    made = Dataset()
    made.RegionLocationMinX0, made.RegionLocationMinY0 = box[:2]
    made.RegionLocationMaxX1, made.RegionLocationMaxY1 = box[2:]
    return made


@pytest.mark.parametrize(
    "attributes",
    [{"Modality": "US"}, {"Modality": "OT"}, {"Modality": "XA"}, {"BurnedInAnnotation": "YES"}],
    ids=str,
)
def test_what_is_withheld_is_never_shown(
    library: Library, tmp_path: Path, attributes: dict[str, Any]
) -> None:
    path = write_dicom(
        tmp_path / "a.dcm",
        large(),
        **{"Modality": "MR", "SOPClassUID": MRImageStorage, **attributes},
    )
    record = added(library, path)
    assert not record.thumbnail
    assert library.picture(record) is None


def test_of_an_ultrasound_its_region_alone(tmp_path: Path) -> None:
    """Through an ingest, as the rest should be."""
    pixels = np.full((900, 1200), 255, np.uint8)
    pixels[100:800, 200:1000] = 0
    regions = [ultrasound_region(200, 100, 999, 799)]
    write_dicom(
        tmp_path / "in" / "a.dcm", pixels, Modality="US", SequenceOfUltrasoundRegions=regions
    )
    with library_of(tmp_path / "library", CELLS) as library:
        ingest_folder(library, tmp_path / "in")
        picture = library.picture(records_of(library)[0])
    assert picture is not None
    assert (picture.width, picture.height, picture.whole) == (800, 700, False)
    assert not opened(picture).any()


def test_a_raster_of_a_withheld_modality_is_shown_as_small_as_it_is_kept(
    library: Library, tmp_path: Path
) -> None:
    write_png(tmp_path / "us.png", large())
    picture = library.picture(of_data_set(library, "us.png", large(), "US"), root=tmp_path)
    assert picture is not None
    assert (picture.whole, picture.width) == (False, 256)


def test_originals_are_never_read_in_this_process(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_dicom(tmp_path / "a.dcm", large(), Modality="MR", SOPClassUID=MRImageStorage)
    record = added(library, path)

    def never(*_: object) -> None:
        raise AssertionError("read here")

    for name in (
        "radalike.imaging.dicom.image.read_dicom",
        "radalike.imaging.raster.render_raster",
        "radalike.sandbox.opened_image.open_image",
        "radalike.library.search.queries.open_image",
    ):
        monkeypatch.setattr(name, never)
    picture = library.picture(record)
    assert picture is not None
    assert picture.whole
    assert library.search(record.id, 1, region=Region(0, 0, 0.5, 0.5), exact=True).hits


def test_one_decoder_serves_a_library_however_it_is_seen(library: Library) -> None:
    assert library.beside(tiles="2x2").decoder is library.decoder

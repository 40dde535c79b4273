"""The sample as others meet it: files on disk, read back with pydicom."""

from __future__ import annotations

import errno
import hashlib
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from ingest.phantoms import SampleReport, write_sample
from ingest.phantoms.exams.exam import SYNTHETIC
from ingest.phantoms.plan import KINDS
from radalike.errors import InvalidSetting, RadalikeError, StorageFull, UsageError

IMAGES = 72

SOP_CLASSES = {
    "CT": {"1.2.840.10008.5.1.4.1.1.2"},
    "MR": {"1.2.840.10008.5.1.4.1.1.4"},
    "CR": {"1.2.840.10008.5.1.4.1.1.1"},
    "DX": {"1.2.840.10008.5.1.4.1.1.1.1"},
    "US": {"1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.3.1"},
}


@dataclass(frozen=True)
class Sample:
    folder: Path
    report: SampleReport
    images: list[FileDataset]

    def of(self, *modalities: str) -> list[FileDataset]:
        return [image for image in self.images if image.Modality in modalities]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("sample")
    report = write_sample(folder, images=IMAGES, seed=3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images = [dcmread(path) for path in sorted(folder.glob("DICOM/*/*/*/*"))]
        for image in images:
            assert image.pixel_array.size > 0
    return Sample(folder, report, images)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def shown(image: FileDataset) -> npt.NDArray[np.float64]:
    """The picture as it is looked at, 32 by 32 pixels, of mean 0 and length 1."""
    pixels = image.pixel_array.astype(np.float32)
    if "NumberOfFrames" in image:
        pixels = pixels[0]
    if pixels.ndim == 3:
        pixels = pixels.mean(axis=2)
    if "WindowCenter" in image:
        pixels = pixels * float(image.get("RescaleSlope", 1))
        pixels += float(image.get("RescaleIntercept", 0))
        low = float(image.WindowCenter) - float(image.WindowWidth) / 2
        pixels = np.clip(pixels, low, low + float(image.WindowWidth))
    if image.PhotometricInterpretation == "MONOCHROME1":
        pixels = -pixels
    small = np.asarray(Image.fromarray(pixels).resize((32, 32), Image.Resampling.BOX), float)
    small -= small.mean()
    picture: npt.NDArray[np.float64] = (small / np.linalg.norm(small)).ravel()
    return picture


def kind_of(image: FileDataset) -> str:
    modality = "XR" if image.Modality in ("CR", "DX") else image.Modality
    subject = image.StudyDescription.removeprefix("MRI").removeprefix(modality).split()[0]
    return f"{modality} {subject.rstrip('s')}"


class Branch(NamedTuple):
    """The records from a patient down to one image."""

    PATIENT: Dataset
    STUDY: Dataset
    SERIES: Dataset
    IMAGE: Dataset


def directory_entries(folder: Path) -> Iterator[Branch]:
    """The images of a DICOMDIR, found as a reader does: by following its offsets."""
    directory = dcmread(folder / "DICOMDIR")
    assert directory.file_meta.MediaStorageSOPClassUID == "1.2.840.10008.1.3.10"
    records = {record.seq_item_tell: record for record in directory.DirectoryRecordSequence}

    def follow(offset: int, above: tuple[Dataset, ...]) -> Iterator[Branch]:
        while offset:
            record = records.pop(offset)
            assert record.DirectoryRecordType == Branch._fields[len(above)]
            branch = (*above, record)
            lower = record.OffsetOfReferencedLowerLevelDirectoryEntity
            if len(branch) == len(Branch._fields):
                yield Branch(*branch)
            yield from follow(lower, branch)
            last = offset
            offset = record.OffsetOfTheNextDirectoryRecord
        if not above:
            assert last == directory.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity

    yield from follow(directory.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity, ())
    assert not records, "every record is reached"


def test_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        write_sample(tmp_path / name, images=16, seed=seed)
    one, two, three = (digests(tmp_path / name) for name in ("one", "two", "three"))
    assert one == two
    assert not set(one.values()) & set(three.values())


def test_counts_add_up(sample: Sample) -> None:
    report, images = sample.report, sample.images
    assert report.images == len(images) == IMAGES == sum(report.by_kind.values())
    assert report.frames == sum(int(image.get("NumberOfFrames", 1)) for image in images)
    assert report.patients == len({image.PatientID for image in images}) > 5
    assert report.studies == len({image.StudyInstanceUID for image in images})
    assert report.series == len({image.SeriesInstanceUID for image in images})
    assert report.patients <= report.studies <= report.series <= report.images
    assert report.by_kind == Counter(kind_of(image) for image in images)
    assert set(report.by_kind) == set(KINDS)


def test_progress_counts_every_image(tmp_path: Path) -> None:
    seen: list[int] = []
    write_sample(tmp_path, images=7, progress=seen.append)
    assert seen == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("images", [1, 2, 9])
def test_any_size_can_be_had(tmp_path: Path, images: int) -> None:
    assert write_sample(tmp_path, images=images).images == images
    assert len(list(directory_entries(tmp_path))) == images


def test_instances_are_what_their_headers_say(sample: Sample) -> None:
    for image in sample.images:
        assert image.SOPClassUID in SOP_CLASSES[image.Modality]
        assert image.file_meta.MediaStorageSOPClassUID == image.SOPClassUID
        assert image.file_meta.MediaStorageSOPInstanceUID == image.SOPInstanceUID
        assert image.file_meta.TransferSyntaxUID in (ExplicitVRLittleEndian, RLELossless)
        assert image.BitsStored <= image.BitsAllocated
        assert int(image.pixel_array.max()) < 2**image.BitsStored
        for uid in (image.SOPInstanceUID, image.SeriesInstanceUID, image.StudyInstanceUID):
            assert uid.startswith("2.25.")
            assert uid.is_valid
    assert len({image.SOPInstanceUID for image in sample.images}) == IMAGES


def test_every_file_is_marked_synthetic(sample: Sample) -> None:
    for image in sample.images:
        assert str(image.PatientName).startswith("SYNTHETIC^Phantom-")
        assert image.Manufacturer == image.ImageComments == SYNTHETIC
        assert SYNTHETIC in image.PatientComments
        assert "synthetic" in image.StudyDescription
        assert image.QualityControlImage == "YES"
    readme = (sample.folder / "README.txt").read_text()
    assert "Nothing in this folder shows a person" in readme
    assert f"{IMAGES} synthetic images" in readme


def test_dicomdir_lists_every_file_once(sample: Sample) -> None:
    entries = list(directory_entries(sample.folder))
    listed = [Path(*entry.IMAGE.ReferencedFileID) for entry in entries]
    present = {path.relative_to(sample.folder) for path in sample.folder.glob("DICOM/*/*/*/*")}
    assert len(listed) == len(present)
    assert set(listed) == present
    for path, entry in zip(listed, entries, strict=True):
        assert all(len(part) <= 8 and part == part.upper() for part in path.parts)
        image = dcmread(sample.folder / path)
        assert entry.IMAGE.ReferencedSOPInstanceUIDInFile == image.SOPInstanceUID
        assert entry.IMAGE.ReferencedSOPClassUIDInFile == image.SOPClassUID
        syntax = image.file_meta.TransferSyntaxUID
        assert entry.IMAGE.ReferencedTransferSyntaxUIDInFile == syntax
        assert entry.IMAGE.InstanceNumber == image.InstanceNumber
        assert entry.SERIES.SeriesInstanceUID == image.SeriesInstanceUID
        assert entry.STUDY.StudyInstanceUID == image.StudyInstanceUID
        assert entry.PATIENT.PatientID == image.PatientID


def test_a_person_is_the_same_in_every_study(sample: Sample) -> None:
    for keyword in ("PatientName", "PatientSex", "PatientBirthDate", "IssuerOfPatientID"):
        pairs = {(image.PatientID, str(image[keyword].value)) for image in sample.images}
        assert len(pairs) == sample.report.patients
    for image in sample.images:
        years = (int(image.StudyDate) - int(image.PatientBirthDate)) // 10000
        assert image.PatientAge == f"{years:03}Y"


def test_the_variety_that_a_sample_is_for(sample: Sample) -> None:
    images = sample.images
    assert {image.Modality for image in images} == set(SOP_CLASSES)
    assert {image.PhotometricInterpretation for image in images} == {
        "MONOCHROME1",
        "MONOCHROME2",
        "RGB",
    }
    assert {image.get("ViewPosition") for image in sample.of("CR", "DX")} >= {"PA", "AP", "LL"}
    assert len([image for image in images if "NumberOfFrames" in image]) == 1
    compressed = [i for i in images if i.file_meta.TransferSyntaxUID == RLELossless]
    assert len({image.SeriesInstanceUID for image in compressed}) == 1
    assert any("BodyPartExamined" not in image for image in images)
    assert any(image.get("AnatomicRegionSequence") for image in images)
    assert any("nodule" in image.SeriesDescription for image in images)
    hands = [image for image in images if kind_of(image) == "XR hand"]
    assert {image.ImageLaterality for image in hands} == {"L", "R"}


def test_slices_of_a_series_follow_each_other(sample: Sample) -> None:
    series: dict[str, list[FileDataset]] = {}
    for image in sample.of("CT", "MR"):
        assert image.ImageOrientationPatient == [1, 0, 0, 0, 1, 0]
        series.setdefault(image.SeriesInstanceUID, []).append(image)
    for slices in series.values():
        heights = [float(image.ImagePositionPatient[2]) for image in slices]
        steps = np.diff(heights)
        assert np.all(np.abs(steps) > 0)
        assert np.allclose(steps, steps[:1], atol=0.01)
        pictures = [shown(image) for image in slices]
        for one, next_one in pairwise(pictures):
            assert one @ next_one > 0.85


def test_ct_is_in_hounsfield_units(sample: Sample) -> None:
    for image in sample.of("CT"):
        hounsfield = image.pixel_array.astype(int) + int(image.RescaleIntercept)
        assert image.pixel_array.dtype == np.int16
        assert abs(np.median(hounsfield[:8, :8]) + 1000) < 30
        assert hounsfield.max() > 300
        head = "head" in image.StudyDescription
        inside = hounsfield[118:138, 60:80] if head else hounsfield[100:120, 60:80]
        assert -20 < np.median(inside) < (60 if head else 200)


def test_images_of_one_kind_look_alike(sample: Sample) -> None:
    groups: dict[str, list[npt.NDArray[np.float64]]] = {}
    for image in sample.images:
        # A chest from the side is not meant to look like one from the front.
        if image.get("ViewPosition") != "LL":
            groups.setdefault(kind_of(image), []).append(shown(image))
    for kind, pictures in groups.items():
        own = np.array(pictures)
        others = np.array([p for name, group in groups.items() if name != kind for p in group])
        count = len(own)
        within = (np.sum(own @ own.T) - count) / (count * (count - 1))
        assert within > float(np.mean(own @ others.T)) + 0.2, kind


def test_no_two_patients_give_the_same_picture(sample: Sample) -> None:
    contents = Counter(image.PixelData for image in sample.images)
    assert max(contents.values()) == 1


def occupied(folder: Path) -> Path:
    (folder / "something").write_text("here first")
    return folder


def a_file(folder: Path) -> Path:
    (folder / "file").write_text("not a folder")
    return folder / "file"


@pytest.mark.parametrize("place", [occupied, a_file])
def test_a_place_that_cannot_take_it_is_refused(
    tmp_path: Path, place: Callable[[Path], Path]
) -> None:
    target = place(tmp_path)
    before = digests(tmp_path)
    with pytest.raises(UsageError) as caught:
        write_sample(target, images=1)
    assert str(target) in str(caught.value)
    assert caught.value.hint
    assert digests(tmp_path) == before


@pytest.mark.parametrize(("images", "seed"), [(0, 0), (-3, 0), (1, -1)])
def test_impossible_settings_are_refused(tmp_path: Path, images: int, seed: int) -> None:
    with pytest.raises(InvalidSetting):
        write_sample(tmp_path / "new", images=images, seed=seed)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("code", "error"), [(errno.ENOSPC, StorageFull), (errno.EROFS, UsageError)]
)
def test_a_device_that_fails_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, error: type[RadalikeError]
) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, "the device says no")

    monkeypatch.setattr("ingest.phantoms.sample.write_dicomdir", fail)
    with pytest.raises(error) as caught:
        write_sample(tmp_path, images=1)
    assert str(tmp_path) in str(caught.value)
    assert caught.value.hint


def test_ct_at_full_size_of_one_modality(tmp_path: Path) -> None:
    report = write_sample(tmp_path / "sample", 8, 1, matrix=512, modality="CT")
    images = [dcmread(path) for path in tmp_path.rglob("IM*")]
    assert report.images == len(images) == 8
    assert {
        (image.Modality, image.Rows, image.Columns, image.BitsAllocated) for image in images
    } == {("CT", 512, 512, 16)}
    syntaxes = {image.file_meta.TransferSyntaxUID for image in images}
    assert syntaxes == {ExplicitVRLittleEndian, JPEG2000Lossless}
    assert all(np.ptp(image.pixel_array) > 1000 for image in images)


@pytest.mark.parametrize(("matrix", "modality"), [(300, ""), (256, "PT")])
def test_what_cannot_be_drawn_is_refused(tmp_path: Path, matrix: int, modality: str) -> None:
    with pytest.raises(UsageError) as caught:
        write_sample(tmp_path / "sample", 4, 0, matrix=matrix, modality=modality)
    assert caught.value.hint
    assert not (tmp_path / "sample").exists()

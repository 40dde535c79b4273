"""A small PACS export of synthetic images: DICOM files, their DICOMDIR and a README."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydicom.dataset import Dataset

from ingest.phantoms.dicom import derived_uid, instance_of
from ingest.phantoms.dicomdir import Entry, write_dicomdir
from ingest.phantoms.exams.exam import SYNTHETIC, Attributes, Picture, Series
from ingest.phantoms.plan import KINDS, Visit, visits
from radalike.errors import InvalidSetting, StorageFull, UnknownName, UsageError

MODALITIES = tuple(sorted({kind.split()[0] for kind in KINDS}))

_README = """\
{images} synthetic images
{rule}
Nothing in this folder shows a person. Every image was drawn by a program (`radalike sample`,
seed {seed}); names, numbers, dates and findings are invented. The pictures are made to be
recognised and compared by software: they are of no use for diagnosis, training or research
into disease.

Each file says so itself: PatientName SYNTHETIC^Phantom-..., Manufacturer and ImageComments
"{mark}", QualityControlImage YES.

DICOMDIR lists the files; they are in DICOM/PAT..../ST../SE../IM.....

{kinds}
"""


@dataclass(frozen=True, slots=True)
class SampleReport:
    """What was written. `images` counts DICOM instances and is the sum of `by_kind`; `frames`
    counts each frame of a cine loop."""

    images: int
    frames: int
    patients: int
    studies: int
    series: int
    by_kind: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        return plain | {"by_kind": dict(self.by_kind)}


@dataclass(frozen=True, slots=True)
class _Instance:
    visit: Visit
    series: Series
    series_number: int
    picture: Picture
    number: int


def write_sample(
    directory: Path,
    images: int = 120,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
    *,
    matrix: int = 256,
    modality: str = "",
) -> SampleReport:
    """Write `images` synthetic DICOM instances under `directory`, which is made if need be.

    `matrix`: rows and columns of a CT slice, 256 or 512 (then every second series is JPEG 2000);
    `modality`: CT, MR, XR or US only. The same arguments give the same bytes. `progress` is called
    with the number of images written so far, after each.

    Raises UsageError when `directory` holds anything or cannot be written, InvalidSetting when
    `images` is below 1 or `seed` below 0, UnknownName for another modality, StorageFull when the
    device has no room left.
    """
    if modality not in ("", *MODALITIES):
        raise UnknownName("modality of a sample", modality, MODALITIES)
    if matrix not in (256, 512):
        raise InvalidSetting(f"a matrix of {matrix}", hint="choose 256 or 512")
    if images < 1:
        raise InvalidSetting(f"a sample of {images} images", hint="ask for 1 image or more")
    if seed < 0:
        raise InvalidSetting(f"seed {seed} is negative", hint="use 0 or any larger number")
    try:
        _make_empty(directory)
        return _write(directory, images, seed, progress, matrix, modality)
    except OSError as exc:
        if exc.errno == errno.ENOSPC:
            raise StorageFull(
                f"no room left for the sample in {directory}",
                hint="free some space, empty the directory and try again",
                directory=directory,
            ) from exc
        raise UsageError(
            f"the sample cannot be written to {directory}: {exc.strerror}",
            hint="choose a directory that you may write to",
            directory=directory,
        ) from exc


def _make_empty(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise UsageError(
            f"{directory} is not empty",
            hint="choose a new or an empty directory",
            directory=directory,
        )


def _write(
    directory: Path,
    images: int,
    seed: int,
    progress: Callable[[int], None] | None,
    matrix: int,
    modality: str,
) -> SampleReport:
    entries: list[Entry] = []
    by_kind: Counter[str] = Counter()
    frames = 0
    for instance in islice(_instances(seed, images, matrix, modality), images):
        dataset = _dataset(instance, seed)
        file_id = _file_id(instance)
        path = directory.joinpath(*file_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        dataset.save_as(path, enforce_file_format=True)
        del dataset.PixelData
        entries.append(Entry(file_id, dataset.file_meta.TransferSyntaxUID, dataset))
        by_kind[instance.visit.kind] += 1
        frames += int(dataset.get("NumberOfFrames", 1))
        if progress is not None:
            progress(len(entries))
    write_dicomdir(directory / "DICOMDIR", entries, derived_uid(seed, "file set", images))
    report = SampleReport(
        images=len(entries),
        frames=frames,
        patients=_distinct(entries, "PatientID"),
        studies=_distinct(entries, "StudyInstanceUID"),
        series=_distinct(entries, "SeriesInstanceUID"),
        by_kind=MappingProxyType({kind: by_kind[kind] for kind in KINDS if by_kind[kind]}),
    )
    readme = _readme(report, seed)
    (directory / "README.txt").write_text(readme, encoding="ascii", newline="\n")
    return report


def _instances(seed: int, images: int, matrix: int, modality: str) -> Iterator[_Instance]:
    # Series grow with the sample, up to a point: more images shall mean more patients, too.
    slices = min(max(images // 30, 2), 8)
    for visit in visits(seed, slices, matrix=matrix, modality=modality):
        for series_number, series in enumerate(KINDS[visit.kind](visit.order), 1):
            for number, picture in enumerate(series.pictures, 1):
                yield _Instance(visit, series, series_number, picture, number)


def _file_id(instance: _Instance) -> tuple[str, ...]:
    """At most eight capital letters and digits a component, as PS3.10 8.2 has it."""
    return (
        "DICOM",
        f"PAT{instance.visit.patient:04}",
        f"ST{instance.visit.study:02}",
        f"SE{instance.series_number:02}",
        f"IM{instance.number:04}",
    )


def _dataset(instance: _Instance, seed: int) -> Dataset:
    visit, series, picture = instance.visit, instance.series, instance.picture
    place = (seed, visit.patient, visit.study)
    attributes = {
        **_equipment(series),
        **visit.attributes,
        **series.attributes,
        **picture.attributes,
        **_times(visit.attributes),
        "SOPClassUID": series.sop_class,
        "SOPInstanceUID": derived_uid(*place, instance.series_number, instance.number),
        "SeriesInstanceUID": derived_uid(*place, instance.series_number),
        "SeriesNumber": instance.series_number,
        "InstanceNumber": instance.number,
    }
    if "ImagePositionPatient" in attributes:
        attributes["FrameOfReferenceUID"] = derived_uid(*place, "frame of reference")
    return instance_of(attributes, picture.pixels, series.transfer_syntax)


def _equipment(series: Series) -> Attributes:
    return {
        "SpecificCharacterSet": "ISO_IR 100",
        "Manufacturer": SYNTHETIC,
        "ManufacturerModelName": f"{series.attributes['Modality']} phantom",
        "InstitutionName": "Synthetic Hospital (invented)",
        "ImageComments": SYNTHETIC,
        "QualityControlImage": "YES",
        "BurnedInAnnotation": "NO",
    }


def _times(study: Attributes) -> Attributes:
    day, time = study["StudyDate"], study["StudyTime"]
    events = ("Series", "Acquisition", "Content")
    return {f"{event}Date": day for event in events} | {f"{event}Time": time for event in events}


def _distinct(entries: list[Entry], keyword: str) -> int:
    return len({entry.header[keyword].value for entry in entries})


def _readme(report: SampleReport, seed: int) -> str:
    kinds = "\n".join(f"{number:6} {kind}" for kind, number in report.by_kind.items())
    rule = "=" * len(f"{report.images} synthetic images")
    return _README.format(images=report.images, rule=rule, seed=seed, mark=SYNTHETIC, kinds=kinds)

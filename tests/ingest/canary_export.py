"""A PACS export in which every place that takes text holds a canary."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
    UltrasoundMultiFrameImageStorage,
)

from radalike.records import Pixels
from tests.ingest.canaries import Canaries, plant, planted_meta, preamble
from tests.ingest.files import picture, write_png


@dataclass(frozen=True)
class Export:
    """folder: a tree; archive: a ZIP; images: frames that are indexed of both; rejected: files
    that are not; query: a file of the same kind that is outside of both."""

    folder: Path
    archive: Path
    images: int
    rejected: int
    query: Path


def write_export(root: Path, canaries: Canaries) -> Export:
    def name(where: str, suffix: str = "") -> str:
        return canaries.text(f"name of {where}") + suffix

    folder = root / name("the export") / name("a patient's folder")
    frames = np.stack([picture(seed) for seed in range(3)])
    colour = np.stack([picture(seed) for seed in (10, 11, 12)], axis=-1)
    datasets = {
        "CT": _image(CTImageStorage, "CT", picture(20)),
        "US": _image(UltrasoundMultiFrameImageStorage, "US", frames),
        "enhanced CT": _enhanced(np.stack([picture(seed) for seed in range(30, 34)])),
        "SC": _image(SecondaryCaptureImageStorage, "OT", colour),
    }
    for number, (kind, dataset) in enumerate(datasets.items()):
        syntax = ImplicitVRLittleEndian if number % 2 else ExplicitVRLittleEndian
        _save(canaries, dataset, folder / name(kind, ".dcm" if number % 2 else ""), kind, syntax)
    first = next(iter(datasets.values()))
    write_png(folder / name("a photo", ".png"), 40)

    cut = _save(canaries, _image(CTImageStorage, "CT", picture(50)), folder / name("cut", ".dcm"))
    cut.write_bytes(cut.read_bytes()[:-2000])
    conflict = _image(CTImageStorage, "CT", picture(51))
    path = _save(canaries, conflict, folder / name("conflict"), instance=first.SOPInstanceUID)
    assert path.exists()
    (folder / name("no picture", ".png")).write_text(f"not of {name('nobody')}")
    broken = folder / name("broken", ".dcm")
    broken.write_bytes(bytes(128) + b"DICM" + name("garbage").encode() * 20)
    (folder / name("a letter", ".txt")).write_text(f"Dear {name('an addressee')}")

    archive = root / name("an archive", ".zip")
    member = _save(canaries, _image(CTImageStorage, "CT", picture(60)), root / "member")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.comment = name("the archive's comment").encode()
        file.write(member, f"{name('a member folder')}/{name('a member')}")
        file.writestr(name("a broken member", ".dcm"), member.read_bytes()[:-2500])
    query = _save(canaries, _image(CTImageStorage, "CT", picture(61)), root / "query")
    return Export(folder.parent, archive, images=1 + 3 + 4 + 1 + 1 + 1, rejected=5, query=query)


def _image(sop_class: str, modality: str, pixels: Pixels) -> Dataset:
    colour = pixels.shape[-1] == 3
    shape = pixels.shape[:-1] if colour else pixels.shape
    dataset = Dataset()
    dataset.SOPClassUID = sop_class
    dataset.Modality = modality
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SamplesPerPixel = 3 if colour else 1
    dataset.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        dataset.PlanarConfiguration = 0
    if len(shape) == 3:
        dataset.NumberOfFrames = shape[0]
    dataset.Rows, dataset.Columns = shape[-2:]
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    dataset.PixelData = pixels.tobytes()
    dataset["PixelData"].VR = "OB"
    return dataset


def _enhanced(pixels: Pixels) -> Dataset:
    dataset = _image(EnhancedCTImageStorage, "CT", pixels)
    shared = Dataset()
    values, window = Dataset(), Dataset()
    values.RescaleIntercept, values.RescaleSlope, values.RescaleType = 0, 1, "US"
    window.WindowCenter, window.WindowWidth = 128, 256
    shared.PixelValueTransformationSequence = [values]
    shared.FrameVOILUTSequence = [window]
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = [Dataset() for _ in pixels]
    return dataset


def _save(
    canaries: Canaries,
    dataset: Dataset,
    path: Path,
    kind: str = "CT",
    syntax: str = ExplicitVRLittleEndian,
    instance: str = "",
) -> Path:
    """Plant canaries in `dataset` and in what is around it, and write it."""
    plant(canaries, dataset, kind)
    for groups in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for number, item in enumerate(dataset.get(groups, ())):
            content = Dataset()
            where = f"{kind}: {groups} {number}"
            content.FrameComments = canaries.value("LT", where)
            content.FrameAcquisitionDateTime = canaries.value("DT", where)
            content.FrameLabel = canaries.text(where)
            item.FrameContentSequence = [content]
    if instance:
        dataset.SOPInstanceUID = instance
    dataset.file_meta = planted_meta(canaries, syntax, kind)
    dataset.preamble = preamble(canaries, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path

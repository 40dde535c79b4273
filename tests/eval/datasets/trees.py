"""Small trees in the published layouts, and manifests made of them."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.datasets.dataset import Dataset
from eval.datasets.preparation import Choices, Preparation, prepare
from ingest.sources.manifest import ManifestSource

CHEXPERT = (
    "No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung Lesion,Edema,"
    "Consolidation,Pneumonia,Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,Fracture,"
    "Support Devices"
).split(",")


def write_table(path: Path, header: str, rows: Iterable[str]) -> Path:
    """A CSV; gzipped when `path` ends so."""
    text = "\n".join((header, *rows)) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def touch(base: Path, *names: str) -> None:
    for name in names:
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def radimagenet(base: Path, **splits: Sequence[str]) -> Path:
    """`splits` are lists of paths below radiology_ai; returns that folder."""
    folder = base / "radiology_ai"
    for split in ("train", "val", "test"):
        rows = [f"radiology_ai/{name},as published" for name in splits.get(split, ())]
        write_table(folder / f"RadiologyAI_{split}.csv", "filename,label", rows)
        touch(folder, *splits.get(split, ()))
    return folder


NIH_HEADER = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],"
)


def nih_row(name: str, findings: str, patient: int) -> str:
    return f"{name},{findings},0,{patient},58,M,PA,2682,2749,0.143,0.143,"


def nih14(base: Path, rows: Sequence[str], test: Sequence[str] = ()) -> Path:
    """All images are in images_001; those that are not in `test` are in train_val_list.txt."""
    folder = base / "nih14"
    write_table(folder / "Data_Entry_2017.csv", NIH_HEADER, rows)
    names = [row.partition(",")[0] for row in rows]
    touch(folder / "images_001" / "images", *names)
    (folder / "train_val_list.txt").write_text("\n".join(n for n in names if n not in test))
    (folder / "test_list.txt").write_text("\n".join(test) + "\n")
    return folder


def chexpert_values(**values: str) -> str:
    """Label values: `Edema="1.0"`; those that are not named are empty."""
    named = {name.replace("_", " "): value for name, value in values.items()}
    assert not set(named) - set(CHEXPERT)
    return ",".join(named.get(each, "") for each in CHEXPERT)


def chexpert_row(patient: int, split: str = "train", view: int = 1, **values: str) -> str:
    path = f"CheXpert-v1.0-small/{split}/patient{patient:05}/study1/view{view}_frontal.jpg"
    return f"{path},Female,68,Frontal,AP,{chexpert_values(**values)}"


def chexpert(base: Path, train: Sequence[str], valid: Sequence[str] = ()) -> Path:
    folder = base / "CheXpert"
    header = f"Path,Sex,Age,Frontal/Lateral,AP/PA,{','.join(CHEXPERT)}"
    write_table(folder / "CheXpert-v1.0-small" / "train.csv", header, train)
    write_table(folder / "CheXpert-v1.0-small" / "valid.csv", header, valid)
    touch(folder, *(row.partition(",")[0] for row in (*train, *valid)))
    return folder


def mimic(base: Path, images: Sequence[tuple[str, int, int, str]], labels: Sequence[str]) -> Path:
    """`images` are (dicom, study, subject, split); `labels` begin with subject and study."""
    folder = base / "mimic-cxr-jpg"
    stem = "mimic-cxr-2.0.0-"
    rows = [",".join(map(str, image)) for image in images]
    write_table(folder / f"{stem}split.csv.gz", "dicom_id,study_id,subject_id,split", rows)
    header = f"subject_id,study_id,{','.join(CHEXPERT)}"
    write_table(folder / f"{stem}chexpert.csv.gz", header, labels)
    for dicom, study, subject, _ in images:
        touch(folder, f"files/p{str(subject)[:2]}/p{subject}/s{study}/{dicom}.jpg")
    return folder


def medmnist(
    path: Path, counts: Sequence[int] = (4, 2, 2), width: int = 1, labels: int = 2
) -> Path:
    """An .npz file like MedMNIST's; labels are 0, 1, … and begin again."""
    generator = np.random.default_rng(0)
    arrays: dict[str, NDArray[np.uint8]] = {}
    for split, count in zip(("train", "val", "test"), counts, strict=True):
        arrays[f"{split}_images"] = generator.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        numbers = np.arange(count * width, dtype=np.uint8) % labels
        arrays[f"{split}_labels"] = numbers.reshape(count, width)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)
    return path


def prepared(dataset: Dataset, manifest: Path, **choices: object) -> Preparation:
    """The account must add up, and ingest must accept every row, without a warning."""
    chosen = Choices(**choices)  # type: ignore[arg-type]
    preparation = prepare(dataset, manifest, chosen, lambda _done, _total: None)
    account = preparation.account
    assert account.rows == account.images + account.left_out.total()
    assert account.images == account.splits.total()
    items = list(ManifestSource(manifest, preparation.root).items())
    assert len(items) == account.images
    if chosen.check and chosen.labels == "one":
        assert [item.problem for item in items] == [None] * len(items)
        assert account.labels.total() == account.images
    return preparation


def read(manifest: Path) -> list[dict[str, str]]:
    with manifest.open(newline="") as file:
        return list(csv.DictReader(file))


def labelled(manifest: Path) -> dict[str, list[str]]:
    """The positive labels of each path."""
    return {
        row["filepath"]: [name for name, value in row.items() if "/" in name and value == "1"]
        for row in read(manifest)
    }


def splits(manifest: Path) -> dict[str, str]:
    return {row["filepath"]: row["split"] for row in read(manifest)}

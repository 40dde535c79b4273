from __future__ import annotations

from pathlib import Path

import pytest

from eval.datasets.radimagenet import RadImageNet
from radalike.errors import UnknownName, UsageError
from tests.eval.datasets.trees import labelled, prepared, radimagenet, read, splits, write_table

TREE = {
    "train": ["CT/lung/nodule/a.png", "MR/af/plantar_fascia_pathology/b.png", "US/gb/c.png"],
    "val": ["US/thyroid_nodule/d.png"],
    "test": ["CT/lung/normal/e.png"],
}


def test_labels_are_folders_and_ultrasound_is_normal(tmp_path: Path) -> None:
    folder = radimagenet(tmp_path, **TREE)
    manifest = tmp_path / "manifest.csv"
    preparation = prepared(RadImageNet(folder), manifest)
    assert preparation.root == tmp_path
    assert labelled(manifest) == {
        "radiology_ai/CT/lung/nodule/a.png": ["CT/lung/nodule"],
        "radiology_ai/MR/af/plantar_fascia_pathology/b.png": ["MR/af/plantar_fascia_pathology"],
        "radiology_ai/US/gb/c.png": ["US/gb/normal"],
        "radiology_ai/US/thyroid_nodule/d.png": ["US/thyroid/nodule"],
        "radiology_ai/CT/lung/normal/e.png": ["CT/lung/normal"],
    }
    assert list(splits(manifest).values()) == ["train", "train", "train", "val", "test"]
    rows = read(manifest)
    assert {row["dataset"] for row in rows} == {"radiology_ai"}
    assert [row["modality"] for row in rows] == ["CT", "MR", "US", "US", "CT"]
    assert [row["anatomic_region"] for row in rows] == ["lung", "af", "gb", "thyroid", "lung"]
    assert list(rows[0])[5:] == sorted(list(rows[0])[5:])
    assert not preparation.dataset.identity


def test_the_folder_above_does_as_well(tmp_path: Path) -> None:
    folder = radimagenet(tmp_path / "here", **TREE)
    for name in ("train", "val", "test"):
        (folder / f"RadiologyAI_{name}.csv").rename(tmp_path / "here" / f"RadiologyAI_{name}.csv")
    preparation = prepared(RadImageNet(tmp_path / "here"), tmp_path / "m.csv")
    assert preparation.root == tmp_path / "here"
    assert read(tmp_path / "m.csv")[0]["filepath"] == "radiology_ai/CT/lung/nodule/a.png"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("radiology_ai/US/thyroid_nodul/a.png", "unknown ultrasound folder 'thyroid_nodul'. Did"),
        ("radiology_ai/US/thyroid/nodule/a.png", "unknown ultrasound folder 'thyroid/nodule'"),
        ("radiology_ai/XR/chest/normal/a.png", "unknown modality folder 'XR'"),
        ("radiology_ai/CT/lung/a.png", "line 2: 'radiology_ai/CT/lung' has no folder of a path"),
        ("elsewhere/CT/lung/normal/a.png", "is no folder of RadImageNet"),
        ("radiology_ai/CT/../../../etc/a.png", "is no folder of RadImageNet"),
        ("/radiology_ai/CT/lung/a.png", "is no folder of RadImageNet"),
        ("", "is no folder of RadImageNet"),
    ],
)
def test_a_folder_that_is_not_known(tmp_path: Path, name: str, says: str) -> None:
    folder = radimagenet(tmp_path, **TREE)
    write_table(folder / "RadiologyAI_val.csv", "filename,label", [f"{name},x"])
    with pytest.raises((UnknownName, UsageError), match=says.replace(".", r"\.")):
        prepared(RadImageNet(folder), tmp_path / "m.csv")
    assert not (tmp_path / "m.csv").exists()


def test_a_split_that_is_missing(tmp_path: Path) -> None:
    folder = radimagenet(tmp_path, **TREE)
    (folder / "RadiologyAI_val.csv").unlink()
    with pytest.raises(UsageError, match=r"there is no RadiologyAI_val\.csv in"):
        RadImageNet(folder)


def test_regions_that_the_vocabulary_does_not_know_are_named(tmp_path: Path) -> None:
    folder = radimagenet(tmp_path, train=["CT/lung/normal/a.png", "CT/zzz/normal/b.png"])
    assert prepared(RadImageNet(folder), tmp_path / "m.csv").unknown_regions == ("zzz",)

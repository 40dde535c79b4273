from __future__ import annotations

from pathlib import Path

import pytest

from eval.datasets.dataset import Reason
from eval.datasets.mimic_cxr import MimicCxr
from radalike.errors import UnknownName, UsageError
from tests.eval.datasets.trees import chexpert_values, labelled, mimic, prepared, read, splits

IMAGES = [
    ("0a-1", 50000001, 10000032, "train"),
    ("0b-2", 50000001, 10000032, "train"),
    ("0c-3", 50000002, 11000033, "validate"),
    ("0d-4", 50000003, 12000034, "test"),
]
LABELS = [
    f"10000032,50000001,{chexpert_values(Edema='1.0', Pneumonia='-1.0', Support_Devices='1.0')}",
    f"11000033,50000002,{chexpert_values(No_Finding='1.0')}",
    f"12000034,50000003,{chexpert_values(Fracture='1.0', Edema='0.0')}",
]
FIRST = "files/p10/p10000032/s50000001/0a-1.jpg"


def test_certain_labels_count_and_devices_do_not(tmp_path: Path) -> None:
    manifest = tmp_path / "m.csv"
    prepared(MimicCxr(mimic(tmp_path, IMAGES, LABELS)), manifest)
    assert labelled(manifest) == {
        f"mimic-cxr-jpg/{FIRST}": ["XR/chest/Edema"],
        "mimic-cxr-jpg/files/p10/p10000032/s50000001/0b-2.jpg": ["XR/chest/Edema"],
        "mimic-cxr-jpg/files/p11/p11000033/s50000002/0c-3.jpg": ["XR/chest/No Finding"],
        "mimic-cxr-jpg/files/p12/p12000034/s50000003/0d-4.jpg": ["XR/chest/Fracture"],
    }
    assert list(splits(manifest).values()) == ["train", "train", "val", "test"]
    row = read(manifest)[0]
    assert [row["patient"], row["study"]] == ["10000032", "50000001"]
    assert "XR/chest/Support Devices" not in row
    assert list(row)[7:] == sorted(list(row)[7:])  # in the order of the published table
    assert len(row) == 7 + 13


def test_the_study_s_own_paths(tmp_path: Path) -> None:
    """The tables lie deeper, unpacked, and paths begin at the folder that is named."""
    folder = mimic(tmp_path / "download", IMAGES, LABELS)
    place = tmp_path / "mimic" / "files" / "mimic-cxr-jpg" / "2.0.0"
    place.parent.mkdir(parents=True)
    folder.rename(place)
    prepared(MimicCxr(tmp_path / "mimic"), tmp_path / "m.csv")
    assert read(tmp_path / "m.csv")[0]["filepath"] == f"mimic/files/mimic-cxr-jpg/2.0.0/{FIRST}"


def test_a_study_without_labels_is_counted(tmp_path: Path) -> None:
    folder = mimic(tmp_path, IMAGES, LABELS[1:])
    left_out = prepared(MimicCxr(folder), tmp_path / "m.csv").account.left_out
    assert left_out == {Reason.NOT_IN_LABELS: 2}


@pytest.mark.parametrize(
    ("image", "label", "says"),
    [
        (("a", 1, 10000032, "valid"), LABELS[0], "unknown split 'valid'. Did you mean validate"),
        (("../../a", 1, 10000032, "train"), LABELS[0], "split.csv.gz, line 2: no dicom_id"),
        (IMAGES[0], LABELS[0].replace("-1.0", "u"), "chexpert.csv.gz, line 2: 'u' is no label"),
    ],
)
def test_what_is_not_as_published(
    tmp_path: Path, image: tuple[str, int, int, str], label: str, says: str
) -> None:
    folder = mimic(tmp_path, [IMAGES[0]], [label])
    folder = mimic(tmp_path, [image], [label])
    with pytest.raises((UnknownName, UsageError), match=says.replace(".", r"\.")):
        prepared(MimicCxr(folder), tmp_path / "m.csv")


def test_a_study_with_two_sets_of_labels(tmp_path: Path) -> None:
    other = f"10000032,50000001,{chexpert_values(Fracture='1.0')}"
    assert prepared(MimicCxr(mimic(tmp_path, IMAGES, [*LABELS, LABELS[0]])), tmp_path / "m.csv")
    folder = mimic(tmp_path, IMAGES, [*LABELS, other])
    with pytest.raises(UsageError, match=r"line 5: this study was listed before, with other"):
        prepared(MimicCxr(folder), tmp_path / "again.csv")


def test_a_patient_in_two_splits(tmp_path: Path) -> None:
    images = [IMAGES[0], ("0b-2", 50000001, 10000032, "test")]
    with pytest.raises(UsageError, match="1 of 1 patients of MIMIC"):
        prepared(MimicCxr(mimic(tmp_path, images, LABELS)), tmp_path / "m.csv")

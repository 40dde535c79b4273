from __future__ import annotations

from pathlib import Path

import pytest
from sklearn.model_selection import train_test_split

from eval.datasets.chexpert import CheXpert
from eval.datasets.dataset import Reason
from radalike.errors import UsageError
from tests.eval.datasets.trees import chexpert, chexpert_row, labelled, prepared, read, splits

SMALL = "CheXpert/CheXpert-v1.0-small"


def test_labels_and_who_is_left_out(tmp_path: Path) -> None:
    train = [
        chexpert_row(1, Edema="1.0", Fracture="0.0", Support_Devices="1.0"),
        chexpert_row(2, Edema="1.0", Pneumonia="-1.0"),
        chexpert_row(3, Edema="1.0", Pneumonia="1.0", Fracture="-1.0"),  # their sum is one, too
        chexpert_row(4, Support_Devices="1.0"),
        chexpert_row(5, No_Finding="1.0"),
    ]
    valid = [chexpert_row(64541, "valid", Cardiomegaly="1.0")]
    preparation = prepared(CheXpert(chexpert(tmp_path, train, valid)), tmp_path / "m.csv")
    assert labelled(tmp_path / "m.csv") == {
        f"{SMALL}/train/patient00001/study1/view1_frontal.jpg": ["XR/chest/Edema"],
        f"{SMALL}/train/patient00005/study1/view1_frontal.jpg": ["XR/chest/No Finding"],
        f"{SMALL}/valid/patient64541/study1/view1_frontal.jpg": ["XR/chest/Cardiomegaly"],
    }
    assert preparation.account.left_out == {
        Reason.UNCERTAIN: 1,
        Reason.SEVERAL_LABELS: 1,
        Reason.NO_LABEL: 1,
    }
    row = read(tmp_path / "m.csv")[-1]
    assert row["dataset"] == "CheXpert"
    assert row["split"] == "test"
    assert (row["patient"], row["study"]) == ("patient64541", "patient64541/study1")


def test_the_draw_of_patients_is_the_study_s(tmp_path: Path) -> None:
    labels = [{"Edema": "1.0"}, {"Edema": "1.0", "Mass": ""}, {"Edema": "1.0", "Fracture": "-1.0"}]
    train = [
        chexpert_row(patient, view=view, **{k: v for k, v in labels[patient % 3].items() if v})
        for patient in range(80, 20, -1)
        for view in (1, 2)
    ]
    folder = chexpert(tmp_path, train, [chexpert_row(64541, "valid", Edema="1.0")])
    prepared(CheXpert(folder), tmp_path / "one.csv")
    # among the patients of rows whose values add up to one, in the order of the table
    kept = [f"patient{patient:05}" for patient in range(80, 20, -1) if patient % 3 != 2]
    _, val = train_test_split(kept, train_size=0.9, random_state=42)
    one = read(tmp_path / "one.csv")
    assert {row["patient"] for row in one if row["split"] == "val"} == set(val)
    prepared(CheXpert(folder), tmp_path / "many.csv", labels="many")
    many = splits(tmp_path / "many.csv")
    assert len(many) == 121
    assert splits(tmp_path / "one.csv").items() <= many.items()


def test_the_folder_itself_and_under_another_name(tmp_path: Path) -> None:
    folder = chexpert(tmp_path, [chexpert_row(1, Edema="1.0")]) / "CheXpert-v1.0-small"
    prepared(CheXpert(folder), tmp_path / "m.csv")
    first = read(tmp_path / "m.csv")[0]["filepath"]
    assert first == f"{SMALL}/train/patient00001/study1/view1_frontal.jpg"
    renamed = folder.rename(folder.with_name("archive"))
    prepared(CheXpert(renamed), tmp_path / "again.csv")
    assert read(tmp_path / "again.csv")[0]["filepath"].startswith("CheXpert/archive/train/")


def test_both_sizes_at_once(tmp_path: Path) -> None:
    folder = chexpert(tmp_path, [chexpert_row(1, Edema="1.0")])
    (folder / "CheXpert-v1.0").mkdir()
    (folder / "CheXpert-v1.0" / "train.csv").touch()
    with pytest.raises(UsageError, match="the same images in two sizes"):
        CheXpert(folder)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("../../../etc/passwd" + ",," * 9, "line 2: Path is not"),
        (chexpert_row(1, Edema="2.0"), "train.csv, line 2: '2.0' is no label value"),
    ],
)
def test_what_is_not_as_published(tmp_path: Path, row: str, says: str) -> None:
    with pytest.raises(UsageError, match=says.replace(".", r"\.")):
        prepared(CheXpert(chexpert(tmp_path, [row])), tmp_path / "m.csv")


def test_a_column_that_is_missing(tmp_path: Path) -> None:
    folder = chexpert(tmp_path, [chexpert_row(1, Edema="1.0")])
    path = folder / "CheXpert-v1.0-small" / "train.csv"
    path.write_text(path.read_text().replace("Edema", "Oedema"))
    with pytest.raises(UsageError, match=r"train\.csv has no column Edema"):
        prepared(CheXpert(folder), tmp_path / "m.csv")


def test_a_patient_of_train_in_valid(tmp_path: Path) -> None:
    train, valid = [chexpert_row(1, Edema="1.0")], [chexpert_row(1, "valid", Edema="1.0")]
    with pytest.raises(UsageError, match="1 of 1 patients of CheXpert"):
        prepared(CheXpert(chexpert(tmp_path, train, valid)), tmp_path / "m.csv")

from __future__ import annotations

from pathlib import Path

import pytest

from eval.datasets.dataset import Reason
from eval.datasets.nih14 import Nih14
from eval.datasets.patient_split import validation_patients
from radalike.errors import UnknownName, UsageError
from tests.eval.datasets.trees import labelled, nih14, nih_row, prepared, read, splits, touch

ROWS = [
    nih_row("1_0.png", "Cardiomegaly", 1),
    nih_row("1_1.png", "Cardiomegaly|Emphysema", 1),
    nih_row("2_0.png", "No Finding", 2),
    nih_row("3_0.png", "Effusion", 3),
    nih_row("4_0.png", "Pleural_Thickening", 4),
]


def test_findings_become_labels(tmp_path: Path) -> None:
    manifest = tmp_path / "m.csv"
    preparation = prepared(Nih14(nih14(tmp_path, ROWS, test=["4_0.png"])), manifest)
    assert labelled(manifest) == {
        "nih14/images_001/images/1_0.png": ["XR/chest/Cardiomegaly"],
        "nih14/images_001/images/2_0.png": ["XR/chest/No Finding"],
        "nih14/images_001/images/3_0.png": ["XR/chest/Pleural Effusion"],
        "nih14/images_001/images/4_0.png": ["XR/chest/Pleural Thickening"],
    }
    assert preparation.account.left_out == {Reason.SEVERAL_LABELS: 1}
    row = read(manifest)[0]
    assert list(row)[:6] == [
        *("filepath", "dataset", "split", "modality", "anatomic_region", "patient")
    ]
    assert [row[name] for name in list(row)[1:6]] == ["nih14", "val", "XR", "chest", "1"]
    assert len(row) == 6 + 15  # all labels are columns, also those that do not occur


def test_all_labels_can_be_kept(tmp_path: Path) -> None:
    prepared(Nih14(nih14(tmp_path, ROWS)), tmp_path / "m.csv", labels="many")
    labels = labelled(tmp_path / "m.csv")["nih14/images_001/images/1_1.png"]
    assert labels == ["XR/chest/Cardiomegaly", "XR/chest/Emphysema"]


def test_train_and_val_are_split_by_patient_before_labels_are_looked_at(tmp_path: Path) -> None:
    # 30 patients of three images; those of several labels count in the draw, as in the study
    rows = [
        nih_row(f"{patient}_{image}.png", "Mass|Nodule" if patient % 3 == 0 else "Mass", patient)
        for patient in range(60, 30, -1)
        for image in range(3)
    ]
    test = [f"{patient}_{image}.png" for patient in (31, 32) for image in range(3)]
    prepared(Nih14(nih14(tmp_path, rows, test)), tmp_path / "m.csv")
    drawn = validation_patients(str(patient) for patient in range(60, 32, -1))
    for row in read(tmp_path / "m.csv"):
        patient = row["patient"]
        assert row["split"] == (
            "test" if patient in ("31", "32") else "val" if patient in drawn else "train"
        )
    assert set(splits(tmp_path / "m.csv").values()) == {"train", "val", "test"}


def test_the_images_may_be_in_one_folder(tmp_path: Path) -> None:
    folder = nih14(tmp_path, ROWS)
    (folder / "images_001" / "images").rename(folder / "images")
    prepared(Nih14(folder), tmp_path / "m.csv")
    assert read(tmp_path / "m.csv")[0]["filepath"] == "nih14/images/1_0.png"


def test_the_newer_table(tmp_path: Path) -> None:
    folder = nih14(tmp_path, ROWS)
    (folder / "Data_Entry_2017.csv").rename(folder / "Data_Entry_2017_v2020.csv")
    dataset = Nih14(folder)
    assert prepared(dataset, tmp_path / "m.csv").account.images == 4
    assert dataset.tables[0].name == "Data_Entry_2017_v2020.csv"


def test_lists_and_table_that_differ(tmp_path: Path) -> None:
    folder = nih14(tmp_path, ROWS)
    (folder / "train_val_list.txt").write_text("1_0.png\n9_0.png\n")
    left_out = prepared(Nih14(folder), tmp_path / "m.csv").account.left_out
    assert left_out == {Reason.NOT_IN_A_SPLIT: 4, Reason.NOT_IN_LABELS: 1}


def test_an_image_in_both_lists(tmp_path: Path) -> None:
    folder = nih14(tmp_path, ROWS)
    (folder / "test_list.txt").write_text("1_0.png\n")
    with pytest.raises(UsageError, match=r"1_0\.png is in both train_val_list\.txt and test_list"):
        prepared(Nih14(folder), tmp_path / "m.csv")


def test_a_patient_in_two_splits_is_counted_and_not_named(tmp_path: Path) -> None:
    rows = [nih_row(f"{number}_0.png", "Mass", 12345) for number in range(2)]
    folder = nih14(tmp_path, rows, test=["1_0.png"])
    with pytest.raises(UsageError, match="1 of 1 patients of NIH") as raised:
        prepared(Nih14(folder), tmp_path / "m.csv")
    assert "12345" not in f"{raised.value}{raised.value.hint}{raised.value.data}"


def test_a_finding_that_is_not_known(tmp_path: Path) -> None:
    folder = nih14(tmp_path, [nih_row("1_0.png", "Cardiomegalie", 1)])
    with pytest.raises(UnknownName, match=r"'Cardiomegalie'\. Did you mean Cardiomegaly"):
        prepared(Nih14(folder), tmp_path / "m.csv")


def test_an_image_without_findings(tmp_path: Path) -> None:
    folder = nih14(tmp_path, [*ROWS, nih_row("5_0.png", "", 5)])
    left_out = prepared(Nih14(folder), tmp_path / "m.csv").account.left_out
    assert left_out == {Reason.SEVERAL_LABELS: 1, Reason.NO_LABEL: 1}


def test_a_row_without_a_patient(tmp_path: Path) -> None:
    folder = nih14(tmp_path, [nih_row("1_0.png", "Mass", 1).replace(",1,", ",,", 1)])
    with pytest.raises(UsageError, match="line 2: no Patient ID"):
        prepared(Nih14(folder), tmp_path / "m.csv")


def test_a_name_that_leads_out_of_the_folder(tmp_path: Path) -> None:
    folder = nih14(tmp_path, [nih_row("../../1_0.png", "Mass", 1)])
    with pytest.raises(UsageError, match="row 1 of the lists leads out of"):
        prepared(Nih14(folder), tmp_path / "m.csv")


def test_an_image_in_two_folders_is_that_of_the_first_by_name(tmp_path: Path) -> None:
    folder = nih14(tmp_path, ROWS)
    touch(folder, *(f"images_{number:03}/images/1_0.png" for number in range(12, 1, -1)))
    touch(folder, *(f"images_000/{number}/1_0.png" for number in (3, 2, 1)))
    prepared(Nih14(folder), tmp_path / "m.csv")
    assert read(tmp_path / "m.csv")[0]["filepath"] == "nih14/images_000/1/1_0.png"

from __future__ import annotations

import os
from pathlib import Path

import pytest

from eval.datasets.dataset import Reason
from eval.datasets.preparation import as_json
from eval.datasets.radimagenet import RadImageNet
from radalike.errors import RadalikeError, UsageError
from tests.eval.datasets.trees import labelled, prepared, radimagenet, read, splits, write_table

NAMES = [f"CT/lung/{label}/{number}.png" for label in ("nodule", "normal") for number in range(3)]


def test_everything_adds_up(tmp_path: Path) -> None:
    folder = radimagenet(tmp_path, train=[*NAMES, NAMES[0]], test=[NAMES[1], "US/liver/a.png"])
    (folder / NAMES[5]).unlink()
    ignored = frozenset({f"radiology_ai/{NAMES[4]}"})
    preparation = prepared(RadImageNet(folder), tmp_path / "m.csv", ignore=ignored)
    assert as_json(preparation) == {
        "dataset": "radimagenet",
        "manifest": str(tmp_path / "m.csv"),
        "root": str(tmp_path),
        "tables": [f"RadiologyAI_{split}.csv" for split in ("train", "val", "test")],
        "rows": 9,
        "images": 5,
        "splits": {"train": 4, "val": 0, "test": 1},
        "left_out": {
            Reason.REPEATED: 1,
            Reason.CONTRADICTED: 1,
            Reason.IGNORED: 1,
            Reason.MISSING: 1,
        },
        "missing": [f"radiology_ai/{NAMES[5]}"],
        "labels": {"CT/lung/nodule": 3, "CT/lung/normal": 1, "US/liver/normal": 1},
        "unknown_regions": [],
    }


def test_an_image_in_two_splits_stays_in_the_first(tmp_path: Path) -> None:
    folder = radimagenet(tmp_path, train=NAMES[:1], val=NAMES[:1], test=NAMES[1:])
    prepared(RadImageNet(folder), tmp_path / "m.csv")
    assert splits(tmp_path / "m.csv")[f"radiology_ai/{NAMES[0]}"] == "train"


def test_the_same_bytes_whatever_the_order_of_folders(tmp_path: Path) -> None:
    made = []
    for place, names in (("one", NAMES), ("two", NAMES[::-1])):
        folder = radimagenet(tmp_path / place, train=names)
        write_table(
            folder / "RadiologyAI_train.csv",
            "filename,label",
            [f"radiology_ai/{name},x" for name in NAMES],
        )
        prepared(RadImageNet(folder), tmp_path / f"{place}.csv")
        made.append((tmp_path / f"{place}.csv").read_bytes())
    assert made[0] == made[1]
    assert b"\r" not in made[0]


def test_missing_images_are_left_out_or_listed_unseen(tmp_path: Path) -> None:
    folder = radimagenet(tmp_path, train=NAMES)
    for name in NAMES[1:]:
        (folder / name).unlink()
    preparation = prepared(RadImageNet(folder), tmp_path / "m.csv")
    assert preparation.account.left_out == {Reason.MISSING: 5}
    assert preparation.account.missing == [f"radiology_ai/{name}" for name in NAMES[1:]]
    assert len(read(tmp_path / "m.csv")) == 1
    prepared(RadImageNet(folder), tmp_path / "unseen.csv", check=False)
    assert len(read(tmp_path / "unseen.csv")) == 6


def test_nothing_left_is_an_error(tmp_path: Path) -> None:
    folder = radimagenet(tmp_path, train=NAMES[:1])
    (folder / NAMES[0]).unlink()
    with pytest.raises(UsageError, match="no image is left of 1 rows") as raised:
        prepared(RadImageNet(folder), tmp_path / "m.csv")
    assert f"1 no such image on disk; first: radiology_ai/{NAMES[0]}" in raised.value.hint
    assert os.listdir(tmp_path) == ["radiology_ai"]
    with pytest.raises(UsageError, match="no image is left of 0 rows"):
        prepared(RadImageNet(radimagenet(tmp_path / "empty")), tmp_path / "m.csv")


def test_a_manifest_is_not_replaced_unless_asked_for(tmp_path: Path) -> None:
    folder = radimagenet(tmp_path, train=NAMES)
    (tmp_path / "m.csv").write_text("mine")
    with pytest.raises(UsageError, match=r"m\.csv exists already"):
        prepared(RadImageNet(folder), tmp_path / "m.csv")
    assert (tmp_path / "m.csv").read_text() == "mine"
    prepared(RadImageNet(folder), tmp_path / "m.csv", force=True)
    assert len(labelled(tmp_path / "m.csv")) == 6


def test_a_failure_leaves_the_old_manifest(tmp_path: Path) -> None:
    folder = radimagenet(tmp_path, train=NAMES)
    (tmp_path / "m.csv").write_text("mine")
    for name in NAMES:
        (folder / name).unlink()
    with pytest.raises(UsageError, match="no image is left"):
        prepared(RadImageNet(folder), tmp_path / "m.csv", force=True)
    assert (tmp_path / "m.csv").read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == ["m.csv", "radiology_ai"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    folder = radimagenet(tmp_path, train=NAMES)
    with pytest.raises(UsageError, match="there is no folder"):
        prepared(RadImageNet(folder), tmp_path / "absent" / "m.csv")
    (tmp_path / "m.csv").mkdir()
    with pytest.raises(RadalikeError, match=r"m\.csv cannot be written"):
        prepared(RadImageNet(folder), tmp_path / "m.csv", force=True)


def test_paths_may_be_relative_to_a_folder_above(tmp_path: Path) -> None:
    folder = radimagenet(tmp_path / "a" / "b", train=NAMES)
    prepared(RadImageNet(folder), tmp_path / "m.csv", root=tmp_path)
    assert read(tmp_path / "m.csv")[0]["filepath"] == f"a/b/radiology_ai/{NAMES[0]}"
    with pytest.raises(UsageError, match="the images are not below"):
        prepared(RadImageNet(folder), tmp_path / "n.csv", root=folder)

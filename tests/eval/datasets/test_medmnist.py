from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from eval.datasets.dataset import Reason
from eval.datasets.medmnist import MedMnist
from radalike.errors import UnknownName, UsageError
from tests.eval.datasets.trees import labelled, medmnist, prepared, read, splits


def test_images_are_written_and_listed(tmp_path: Path) -> None:
    path = medmnist(tmp_path / "pneumoniamnist.npz")
    preparation = prepared(MedMnist(tmp_path), tmp_path / "m.csv")
    assert preparation.root == tmp_path
    assert splits(tmp_path / "m.csv") == {
        f"pneumoniamnist/{split}/{number:06}.png": split
        for split, count in (("train", 4), ("val", 2), ("test", 2))
        for number in range(count)
    }
    assert list(labelled(tmp_path / "m.csv").values())[:2] == [
        ["XR/chest/normal"],
        ["XR/chest/pneumonia"],
    ]
    row = read(tmp_path / "m.csv")[0]
    assert [row["dataset"], row["modality"], row["anatomic_region"]] == [
        *("pneumoniamnist", "XR", "chest")
    ]
    with np.load(path) as arrays, Image.open(tmp_path / "pneumoniamnist/val/000001.png") as image:
        assert np.array_equal(np.asarray(image), arrays["val_images"][1])


def test_again_nothing_is_written(tmp_path: Path) -> None:
    medmnist(tmp_path / "breastmnist.npz")
    prepared(MedMnist(tmp_path), tmp_path / "m.csv")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.png")}
    assert before
    prepared(MedMnist(tmp_path), tmp_path / "again.csv")
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.png")}
    assert (tmp_path / "m.csv").read_bytes() == (tmp_path / "again.csv").read_bytes()


def test_somebody_else_s_image_is_kept(tmp_path: Path) -> None:
    medmnist(tmp_path / "breastmnist.npz")
    other = tmp_path / "breastmnist" / "train" / "000001.png"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"mine")
    with pytest.raises(UsageError, match="is there already, with another content"):
        prepared(MedMnist(tmp_path), tmp_path / "m.csv")
    assert other.read_bytes() == b"mine"
    prepared(MedMnist(tmp_path), tmp_path / "m.csv", force=True)
    assert other.read_bytes() != b"mine"


def test_organs_are_regions(tmp_path: Path) -> None:
    path = medmnist(tmp_path / "organamnist_64.npz", (11, 0, 0), labels=11)
    preparation = prepared(MedMnist(path, tmp_path / "images"), tmp_path / "m.csv")
    assert preparation.root == tmp_path / "images"
    rows = read(tmp_path / "m.csv")
    assert rows[4]["filepath"] == "organamnist_64/train/000004.png"
    assert rows[4]["anatomic_region"] == "kidney"
    assert labelled(tmp_path / "m.csv")[rows[4]["filepath"]] == ["CT/kidney/kidney-left"]
    assert rows[4]["dataset"] == "organamnist"
    assert preparation.unknown_regions == ()


def test_several_labels_and_none(tmp_path: Path) -> None:
    path = medmnist(tmp_path / "chestmnist.npz", (3, 0, 0), width=14)
    with np.load(path) as arrays:
        content = dict(arrays)
    content["train_labels"][:] = 0
    content["train_labels"][1, [2, 12]] = 1
    content["train_labels"][2, 2] = 1
    np.savez(path, **content)
    preparation = prepared(MedMnist(tmp_path), tmp_path / "m.csv")
    assert preparation.account.left_out == {Reason.SEVERAL_LABELS: 1}
    assert list(labelled(tmp_path / "m.csv").values()) == [
        ["XR/chest/no finding"],
        ["XR/chest/effusion"],
    ]
    prepared(MedMnist(tmp_path), tmp_path / "many.csv", labels="many")
    assert ["XR/chest/effusion", "XR/chest/pleural"] in labelled(tmp_path / "many.csv").values()


def test_several_sets_share_the_columns(tmp_path: Path) -> None:
    for name in ("pneumoniamnist", "breastmnist"):
        medmnist(tmp_path / f"{name}.npz")
    prepared(MedMnist(tmp_path), tmp_path / "m.csv")
    rows = read(tmp_path / "m.csv")
    assert [row["dataset"] for row in rows] == ["breastmnist"] * 8 + ["pneumoniamnist"] * 8
    assert rows[0]["XR/chest/normal"] == "0"
    assert rows[1]["US/breast/normal, benign"] == "1"


def test_what_is_no_radiology(tmp_path: Path) -> None:
    medmnist(tmp_path / "pathmnist.npz")
    with pytest.raises(UnknownName, match=r"'pathmnist\.npz'") as raised:
        MedMnist(tmp_path)
    assert "organsmnist" in raised.value.hint
    with pytest.raises(UsageError, match=r"there is no \.npz file in"):
        MedMnist(tmp_path / "absent")


def test_two_sizes_of_a_set(tmp_path: Path) -> None:
    for name in ("breastmnist.npz", "breastmnist_224.npz"):
        medmnist(tmp_path / name)
    with pytest.raises(UsageError, match="holds breastmnist in several sizes"):
        MedMnist(tmp_path)


def test_an_array_that_is_missing(tmp_path: Path) -> None:
    np.savez(tmp_path / "breastmnist.npz", train_images=np.zeros((1, 28, 28), np.uint8))
    with pytest.raises(UsageError, match="there is no train_labels"):
        prepared(MedMnist(tmp_path), tmp_path / "m.csv")


class Harm:
    def __reduce__(self) -> tuple[Any, ...]:
        return (open, ("harm.txt", "w"))


def test_pickled_objects_are_never_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    objects = np.array([Harm()], dtype=object)
    np.savez(tmp_path / "breastmnist.npz", train_images=objects, train_labels=objects)
    with pytest.raises(UsageError, match="train_images holds Python objects"):
        prepared(MedMnist(tmp_path), tmp_path / "m.csv")
    (tmp_path / "breastmnist.npz").write_bytes(pickle.dumps(Harm()))
    with pytest.raises(UsageError, match=r"no \.npz file"):
        prepared(MedMnist(tmp_path), tmp_path / "m.csv")
    assert not (tmp_path / "harm.txt").exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_file_that_is_cut_short(tmp_path: Path, share: float) -> None:
    path = medmnist(tmp_path / "breastmnist.npz")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(UsageError, match=r"breastmnist\.npz is damaged, cut short"):
        prepared(MedMnist(tmp_path), tmp_path / "m.csv")
    assert not (tmp_path / "m.csv").exists()


def test_any_byte_that_is_wrong_is_an_error_or_harmless(tmp_path: Path) -> None:
    """Every error is one of ours, and whatever is written is what the file held."""
    path = medmnist(tmp_path / "breastmnist.npz")
    prepared(MedMnist(path, tmp_path / "right"), tmp_path / "right.csv")
    content = path.read_bytes()
    generator = np.random.default_rng(1)
    refused = 0
    for place in generator.integers(0, len(content), 60):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            prepared(MedMnist(path, tmp_path / "again"), tmp_path / "again.csv", force=True)
        except UsageError:
            refused += 1
        else:
            again = (tmp_path / "again.csv").read_bytes()
            assert again == (tmp_path / "right.csv").read_bytes()
    assert refused > 30


@pytest.mark.parametrize(("change", "says"), [(-1, "ends early"), (1, "is longer than it says")])
def test_a_member_that_is_not_as_long_as_it_says(tmp_path: Path, change: int, says: str) -> None:
    path = medmnist(tmp_path / "breastmnist.npz")
    with np.load(path) as arrays:
        content = dict(arrays)
    member = tmp_path / "member.npy"
    np.save(member, content.pop("train_images"))
    np.savez(path, **content)
    right = member.read_bytes()
    with ZipFile(path, "a") as archive:
        archive.writestr("train_images.npy", (right + bytes(1))[: len(right) + change])
    with pytest.raises(UsageError, match=f"train_images {says}"):
        prepared(MedMnist(path), tmp_path / "m.csv")


@pytest.mark.parametrize(
    ("name", "array", "says"),
    [
        ("train_images", np.zeros((4, 28, 28), np.float32), "holds float32, no whole numbers"),
        ("train_images", np.zeros((4, 28), np.uint8), "is uint8 of shape"),
        ("train_images", np.zeros((4, 28, 28), np.int64), "is int64 of shape"),
        ("train_images", np.zeros((3, 28, 28), np.uint8), "3 train images, but 4 labels"),
        ("train_images", np.zeros((28, 28, 4), np.uint8).T, "in an order"),
        ("train_labels", np.full((4, 1), 2, np.uint8), "holds 2, which is no label"),
        ("train_labels", np.full((4, 1), -1, np.int8), "holds -1, which is no label"),
        ("train_labels", np.zeros((4, 2), np.uint8), "has the shape"),
        ("train_labels", np.uint8(1), "in an order"),
    ],
)
def test_arrays_that_are_not_as_published(tmp_path: Path, name: str, array: Any, says: str) -> None:
    path = medmnist(tmp_path / "breastmnist.npz")
    with np.load(path) as arrays:
        content = dict(arrays)
    np.savez(path, **(content | {name: array}))
    with pytest.raises(UsageError, match=says):
        prepared(MedMnist(path), tmp_path / "m.csv")


def test_colours_are_kept(tmp_path: Path) -> None:
    path = medmnist(tmp_path / "breastmnist.npz")
    with np.load(path) as arrays:
        content = dict(arrays)
    content["val_images"] = np.arange(2 * 28 * 28 * 3, dtype=np.uint64).astype(np.uint8)
    content["val_images"] = content["val_images"].reshape(2, 28, 28, 3)
    np.savez(path, **content)
    prepared(MedMnist(path), tmp_path / "m.csv")
    with Image.open(tmp_path / "breastmnist/val/000000.png") as image:
        assert np.array_equal(np.asarray(image), content["val_images"][0])

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import Result

from radalike.catalog.runs import stored_runs
from radalike.errors import MissingExtra, UnknownName, UsageError
from tests.conftest import LibraryOpener
from tests.eval.commands import asking


def invoke(folder: Path, *arguments: str) -> Result:
    return asking.invoke(folder, "space", *arguments)


def run(folder: Path, *arguments: str) -> str:
    return asking.run(folder, "space", *arguments)


def answer(folder: Path, *arguments: str) -> Any:
    return asking.answer(folder, "space", *arguments)


def test_all_images_are_the_default(folder: Path) -> None:
    written = answer(folder)
    assert (written["n_images"], written["n_sample"], written["dimension"]) == (60, 60, 1280)
    assert 1 < written["effective_rank"] < 60
    assert -4 < written["uniformity"] < 0
    assert 0.5 < sum(written["explained_variance"]) < 1
    label, modality = (written["groupings"][name] for name in ("label", "modality"))
    assert (label["n_images"], modality["n_images"]) == (48, 60)
    # Three kinds of pictures that look nothing like each other.
    assert modality["silhouette"] > 0.5 > label["silhouette"]
    assert modality["alignment"] < label["alignment"]


def test_options_reach_the_evaluation(folder: Path) -> None:
    given = ["--images", "modality=CT", "--by", "split", "--sample", "12", "-k", "3", "--seed", "4"]
    written = answer(folder, *given)
    assert (written["n_images"], written["n_sample"], written["seed"]) == (20, 12, 4)
    assert written["hubness"]["k"] == 3
    assert list(written["groupings"]) == ["split"]
    assert answer(folder, *given) == written


def test_the_run_is_stored_without_images(folder: Path, open_library: LibraryOpener) -> None:
    written = answer(folder)
    library = open_library(folder)
    run = stored_runs(library.catalog.engine, "space", limit=1)[0]
    assert run.found == written
    text = json.dumps([run.found, run.asked])
    assert not [record.id for record in library.records() if record.id in text]


def test_the_table_says_what_to_know(folder: Path) -> None:
    written = " ".join(run(folder, "--sample", "30", "--by", "view", "--by", "dataset").split())
    for text in (
        "Space of efficientnet-lite0: 60 images, 1280 dimensions",
        "Sample: 30 images, seed 0.",
        "No image has one view.",
        "All images have the same dataset",
    ):
        assert text in written
    assert "nan" not in written


def test_a_picture_is_drawn_and_the_same_twice(folder: Path, tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        run(
            folder,
            "--picture",
            str(tmp_path / name),
            "--projection",
            "pca",
            "--color-by",
            "anatomy",
        )
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    with Image.open(tmp_path / "one.png") as picture:
        assert picture.width > picture.height > 800
        assert len(np.unique(np.asarray(picture.convert("L")))) > 50


def test_without_umap_it_is_said(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    written = run(folder, "--picture", str(tmp_path / "a.png"))
    assert "pip install radalike[umap]" in written
    monkeypatch.setitem(sys.modules, "umap", None)
    asked = invoke(folder, "--picture", str(tmp_path / "b.png"), "--projection", "umap")
    assert isinstance(asked.exception, MissingExtra)
    assert not (tmp_path / "b.png").exists()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--images", "modality=NM"), UsageError),
        (("--by", "patient"), UnknownName),
        (("--picture", "a.jpg"), UsageError),
        (("--picture", "a.png", "--color-by", "colour"), UnknownName),
        (("--picture", "a.png", "--projection", "tsne"), UnknownName),
        (("--encoder", "nothing"), UnknownName),
    ],
)
def test_what_cannot_be_asked(
    folder: Path, arguments: tuple[str, ...], error: type[Exception]
) -> None:
    assert isinstance(invoke(folder, *arguments).exception, error)

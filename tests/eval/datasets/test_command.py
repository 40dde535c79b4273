from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from eval.datasets.command import register
from eval.datasets.known import DATASETS, open_dataset
from radalike.errors import UnknownName, UsageError
from tests.eval.datasets.trees import nih14, nih_row

ROWS = [nih_row("1_0.png", "Mass", 1), nih_row("2_0.png", "Mass|Nodule", 2)]


def run(*arguments: object) -> Result:
    app = typer.Typer()
    register(app)
    runner = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})
    return runner.invoke(app, ["datasets", *map(str, arguments)])


def test_prepare_says_what_it_did_and_what_comes_next(tmp_path: Path) -> None:
    result = run("prepare", "nih14", nih14(tmp_path, ROWS), "-o", tmp_path / "m.csv")
    assert result.exit_code == 0, result.output
    assert "1 of 2 listed images: 1 train, 0 val, 0 test." in result.output
    assert "left out: 1 several positive labels" in result.output
    assert f"`radalike ingest {tmp_path / 'm.csv'} --root {tmp_path}`" in result.output


def test_prepare_as_json(tmp_path: Path) -> None:
    result = run(
        *("prepare", "nih14", nih14(tmp_path, ROWS), "-o", tmp_path / "m.csv", "--json"),
        *("--labels", "many"),
    )
    summary = json.loads(result.stdout)
    assert summary["images"] == summary["rows"] == 2
    assert summary["labels"]["XR/chest/Mass"] == 2


def test_missing_images_are_a_finding_when_strict(tmp_path: Path) -> None:
    folder = nih14(tmp_path, [*ROWS, nih_row("3_0.png", "Mass", 3)])
    (folder / "images_001" / "images" / "3_0.png").unlink()
    result = run("prepare", "nih14", folder, "-o", tmp_path / "m.csv", "--strict")
    assert result.exit_code == 1
    assert "not on disk, for example: nih14/images/3_0.png" in result.output


def test_a_list_to_ignore(tmp_path: Path) -> None:
    folder = nih14(tmp_path, [*ROWS, nih_row("3_0.png", "Mass", 3)])
    (tmp_path / "ignore.txt").write_text("nih14/images_001/images/3_0.png\n")
    ignore = ("--ignore", tmp_path / "ignore.txt")
    result = run("prepare", "nih14", folder, "-o", tmp_path / "m.csv", "--json", *ignore)
    assert json.loads(result.stdout)["left_out"]["in the list to ignore"] == 1


def test_wrong_requests(tmp_path: Path) -> None:
    folder = nih14(tmp_path, ROWS)
    result = run("prepare", "nih", folder, "-o", tmp_path / "m.csv")
    assert isinstance(result.exception, UnknownName)
    assert result.exception.data["nearest"] == ["nih14"]
    result = run("prepare", "nih14", folder, "-o", tmp_path / "m.csv", "--labels", "two")
    assert isinstance(result.exception, UnknownName)
    with pytest.raises(UsageError, match="nih14 has its images in files already"):
        open_dataset("nih14", folder, tmp_path)


def test_list_tells_every_data_set() -> None:
    known = json.loads(run("list", "--json").stdout)
    assert [each["name"] for each in known] == list(DATASETS)
    assert all(each["layout"] and each["split"] for each in known)
    table = run("list").stdout
    assert all(name in table for name in DATASETS)


def test_the_command_names_every_data_set_and_shows_an_example() -> None:
    shown = " ".join(run("prepare", "--help").output.split())
    assert all(name in shown for name in DATASETS)
    assert "Example: radalike datasets prepare" in shown


def test_nothing_heavy_is_imported_to_register() -> None:
    code = (
        "import sys, typer; from eval.datasets.command import register; register(typer.Typer());"
        "assert not {'numpy', 'PIL', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

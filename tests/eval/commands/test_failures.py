from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import Result

from radalike.catalog.runs import stored_runs
from radalike.errors import InvalidSetting, UsageError
from tests.conftest import LibraryOpener
from tests.eval.commands import asking


def invoke(folder: Path, *arguments: str) -> Result:
    return asking.invoke(folder, "failures", *arguments)


def run(folder: Path, *arguments: str) -> str:
    return asking.run(folder, "failures", *arguments)


def answer(folder: Path, *arguments: str) -> Any:
    return asking.answer(folder, "failures", *arguments)


def test_failing_classes_and_leakage(folder: Path) -> None:
    written = answer(folder, "--below", "1")
    assert (written["n_queries"], written["n_index"]) == (12, 36)
    (failing,) = written["failing"]
    assert failing["confused_with"][0]["share"] == pytest.approx(1 - failing["P@1"])
    assert "examples" not in failing
    leakage = written["leakage"]
    assert leakage["with_patient"] == {"queries": 15, "index": 45}
    assert [each["exclude"] for each in leakage["effects"]] == [
        [],
        ["same-patient"],
        ["duplicates"],
        ["same-patient", "duplicates"],
    ]
    assert all(each["micro"]["P@10"] is not None for each in leakage["effects"])


def test_images_are_named_on_request_and_never_stored(
    folder: Path, open_library: LibraryOpener
) -> None:
    written = answer(folder, "--below", "1", "--ids", "--examples", "2", "--no-leakage")
    examples = written["failing"][0]["examples"]
    assert len(examples) == 2
    library = open_library(folder)
    ids = {record.id for record in library.records()}
    assert {each["query"] for each in examples} <= ids
    assert written["leakage"] is None
    stored = stored_runs(library.catalog.engine, "failures", limit=1)[0]
    text = json.dumps([stored.found, stored.asked])
    assert not [name for name in ids if name in text]
    assert "patient-" not in text


def test_the_tables_say_what_to_know(folder: Path) -> None:
    written = " ".join(run(folder, "--below", "1").split())
    for text in (
        "Classes by label with P@1 below 1: 1 of 1, with efficientnet-lite0 (12 queries",
        "What they are confused with",
        "Left out: 9 index images without one label.",
        "the same image in test and train",
        "queries whose patient is in the index",
        "without same-patient and duplicates",
        "P@10 macro",
    ):
        assert text in written
    assert "nan" not in written
    assert "P@1 below 0.3: 0 of 1" in run(
        folder, "--queries", "modality=CT", "--relevance", "modality", "--no-leakage"
    )


def test_sheets_are_drawn(folder: Path, tmp_path: Path) -> None:
    one = tmp_path / "one.png"
    said = run(folder, "--below", "1", "--sheet", str(one), "--no-leakage")
    assert "Drawn: 1 contact sheet in" in said
    with Image.open(one) as sheet:
        assert sheet.width > 6 * 150
    run(folder, "--below", "1", "--sheet", str(tmp_path / "several"), "--no-leakage")
    assert next((tmp_path / "several").iterdir()).name.startswith("01-")
    assert "No class fails" in run(
        folder, "--relevance", "modality", "--sheet", str(one), "--no-leakage"
    )


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--below", "0"), InvalidSetting),
        (("--near", "2"), InvalidSetting),
        (("--relevance", "patient"), UsageError),
        (("--sheet", "a.jpg"), UsageError),
        (("--queries", "modality=NM"), UsageError),
    ],
)
def test_what_cannot_be_asked(
    folder: Path, arguments: tuple[str, ...], error: type[Exception]
) -> None:
    assert isinstance(invoke(folder, *arguments).exception, error)

"""The entry: help with examples, exit codes, and errors that show no traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import radalike.cli.main
from radalike.errors import StorageFull
from tests.radalike.cli.conftest import Radalike, commands


def test_the_commands() -> None:
    core = {
        "config",
        "encoders list",
        "index build",
        "index check",
        "rejects",
        "search",
        "similar",
        "status",
    }
    assert core <= set(commands())


@pytest.mark.parametrize("name", commands())
def test_every_command_s_help_has_an_example_and_explains_its_options(
    name: str, radalike: Radalike
) -> None:
    answer = radalike(*name.split(), "--help")
    assert answer.code == 0
    assert f"Example: radalike {name}" in answer.words or f" radalike {name}" in answer.words
    assert "Example:" in answer.out
    assert radalike(*name.split(), "-h").out == answer.out


@pytest.mark.parametrize("arguments", [(), ("index",), ("encoders",)])
def test_without_a_command_it_shows_the_help_and_no_error(
    arguments: tuple[str, ...], radalike: Radalike
) -> None:
    answer = radalike(*arguments)
    assert "Usage:" in answer.out + answer.err
    assert "radalike: \n" not in answer.err
    assert answer.code in (0, 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nonsense",), "No such command 'nonsense'"),
        (("status", "--nonsense"), "No such option"),
        (("similar",), "Missing argument"),
        (("search", "x.png", "-n", "0"), "-n"),
        (("search", "x.png", "-n", "many"), "-n"),
        (("status", "--library"), "--library"),
    ],
)
def test_a_wrong_command_line_is_exit_2(
    arguments: tuple[str, ...], said: str, radalike: Radalike
) -> None:
    answer = radalike(*arguments)
    assert answer.code == 2
    assert said in answer.err
    assert "--help` shows what it takes" in answer.err
    assert answer.out == ""


def test_a_wrong_command_line_in_json(radalike: Radalike) -> None:
    answer = radalike("status", "--json", "--nonsense")
    assert answer.code == 2
    assert answer.json["kind"] == "UsageError"
    assert set(answer.json) == {"error", "kind", "hint"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("search", "query.png"),
        ("similar", "some-id"),
        ("index", "build"),
        ("index", "check"),
        ("rejects",),
    ],
)
def test_a_library_that_is_not_there_is_exit_2(
    arguments: tuple[str, ...], radalike: Radalike, tmp_path: Path
) -> None:
    folder = tmp_path / "none"
    answer = radalike(*arguments, "--library", folder)
    assert answer.code == 2
    assert answer.err.startswith(f"radalike: there is no library in {folder}\n  `radalike ingest")
    assert answer.out == ""
    answer = radalike(*arguments, "--library", folder, "--json")
    assert answer.code == 2
    assert answer.json["kind"] == "LibraryNotFound"
    assert answer.err == ""
    assert not folder.exists()


def test_a_library_that_is_too_new_is_exit_3(radalike: Radalike, library_copy: Path) -> None:
    (library_copy / "library.toml").write_text('format = 99\ndefault_encoder = "e"\n')
    answer = radalike("status", "--library", library_copy)
    assert answer.code == 3
    assert "format 99" in answer.err
    assert "upgrade Radalike" in answer.err


def test_a_catalog_that_is_broken_is_exit_3(radalike: Radalike, library_copy: Path) -> None:
    (library_copy / "catalog.sqlite").write_bytes(b"broken" * 1000)
    answer = radalike("status", "--library", library_copy)
    assert answer.code == 3
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (StorageFull("no room", hint="make some"), 3, "no room"),
        (ValueError("Jane Doe's values"), 3, "unexpected error (ValueError)"),
        (AssertionError(), 3, "unexpected error (AssertionError)"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_errors_are_printed_without_a_traceback(
    error: BaseException,
    code: int,
    said: str,
    as_json: bool,
    radalike: Radalike,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(**_: object) -> None:
        raise error

    monkeypatch.setattr("radalike.settings.load_settings", broken)
    answer = radalike("config", *(["--json"] if as_json else []))
    assert answer.code == code
    printed = answer.out + answer.err
    assert said in printed
    assert "Traceback" not in printed
    assert "Jane" not in printed


def test_a_reader_that_went_away_is_no_traceback(library_copy: Path) -> None:
    """As in `radalike config | head -0`."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "radalike.cli.main", "status", "--library", str(library_copy)],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert "Traceback" not in done.stderr
    assert "fault of Radalike" not in done.stderr


def test_the_command_is_installed() -> None:
    command = shutil.which("radalike", path=str(Path(sys.executable).parent))
    assert command is not None
    done = subprocess.run([command, "--help"], capture_output=True, text=True, check=True)
    assert "Find radiology images that look alike" in done.stdout
    assert "not a medical device" in " ".join(done.stdout.split())


def test_front_doors_stand_beside_the_core() -> None:
    """They are found as entry points; the core imports none of them."""
    source = Path(radalike.cli.main.__file__).read_text()
    assert "radalike.commands" in source
    assert not any(f"import {door}" in source for door in ("ingest", "search_ui", "eval"))
    assert {"ingest", "ui", "eval retrieval"} <= set(commands())

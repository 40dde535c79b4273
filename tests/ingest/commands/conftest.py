"""Commands that bring images in, in this process and without a model."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from radalike.cli.main import run
from radalike.library import Library
from tests.ingest.command_line import Finished
from tests.ingest.files import write_pngs
from tests.ingest.small_encoder import InstantEncoder

Radalike = Callable[..., Finished]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Three pictures, a text, and a file that is no picture."""
    write_pngs(tmp_path / "export", 3)
    (tmp_path / "export" / "README").write_text("text")
    (tmp_path / "export" / "MUELLER_HANS.png").write_text("no picture")
    return tmp_path / "export"


@pytest.fixture
def radalike(
    library: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Radalike:
    """The command's own entry, with an encoder of the default's spec that costs nothing."""
    monkeypatch.setattr(
        Library,
        "load_encoder",
        lambda self, precision="": InstantEncoder(
            self.spec, device="cpu", precision="float32", batch_size=32
        ),
    )
    for name, value in (("LIBRARY", library), ("WORKERS", 1), ("BACKEND", "exact")):
        monkeypatch.setenv(f"RADALIKE_{name}", str(value))
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: str | Path) -> Finished:
        monkeypatch.setattr(sys, "argv", ["radalike", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            run()
        printed = capsys.readouterr()
        return Finished(int(ended.value.code or 0), printed.out, printed.err)

    return command

"""Running `radalike eval …` inside the test's own process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from radalike.cli.main import app

PLAIN = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})


def invoke(folder: Path, *arguments: str) -> Result:
    """`radalike eval ARGUMENTS` on the library in `folder`."""
    return PLAIN.invoke(app, ["eval", *arguments, "--library", str(folder)])


def run(folder: Path, *arguments: str) -> str:
    """What it printed; it has to end well."""
    result = invoke(folder, *arguments)
    assert result.exit_code == 0, result.output
    return result.output


def answer(folder: Path, *arguments: str) -> Any:
    """What it printed with --json."""
    return json.loads(run(folder, *arguments, "--json"))

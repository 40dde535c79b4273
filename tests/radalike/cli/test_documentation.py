"""Every command and every setting is documented, and every command that is documented exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from radalike.settings import Settings
from tests.radalike.cli.conftest import commands

ROOT = Path(__file__).parents[3]


def documents() -> str:
    paths = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return "\n".join(path.read_text() for path in paths)


@pytest.mark.parametrize("name", commands())
def test_every_command_is_documented(name: str) -> None:
    assert re.search(rf"\bradalike {name}\b", documents()), f"nothing is said of `radalike {name}`"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    written = documents()
    assert re.search(rf"\b({name}|RADALIKE_{name.upper()})\b", written), (
        f"nothing is said of {name}"
    )


def test_every_command_that_is_documented_exists() -> None:
    """In code only: prose may say `radalike` of the project."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", documents(), re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", documents(), flags=re.S | re.M))
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    typed = [line for line in [*lines, *spans] if line.startswith("radalike ")]
    known = {name.split()[0] for name in commands()}
    for line in typed:
        word = line.split()[1]
        assert not re.fullmatch("[a-z]+", word) or word in known, line

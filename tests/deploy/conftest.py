"""The deployment's files, and a judge of command lines that knows the real commands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

ROOT = Path(__file__).parents[2]

Judge: TypeAlias = Callable[[Sequence[str]], list[str]]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def compose(root: Path) -> Mapping[str, Any]:
    """docker-compose.yml as it is written, variables and all."""
    content: Mapping[str, Any] = yaml.safe_load((root / "docker-compose.yml").read_text())
    return content


@pytest.fixture(scope="session")
def example_settings(root: Path) -> Mapping[str, str]:
    """Variables of deploy/.env.example, those in comments (`#NAME=…`) included."""
    text = (root / "deploy" / ".env.example").read_text()
    return dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))


@pytest.fixture(scope="session")
def complaints() -> Judge:
    """What is wrong with a `radalike …` command line: words that are no command, option or
    argument of it."""
    from typer.main import get_command

    from radalike.cli.main import app

    def judge(words: Sequence[str]) -> list[str]:
        command: Any = get_command(app)
        found, left = [], list(words[1:])
        arguments = 0
        while left:
            word = left.pop(0)
            if word.startswith("-"):
                name, _, value = word.partition("=")
                options = {each: option for option in command.params for each in option.opts}
                if name in ("-h", "--help"):
                    continue
                if name not in options:
                    found.append(f"{command.name} has no option {name}")
                elif not value and not options[name].is_flag:
                    del left[:1]
            elif hasattr(command, "commands"):
                if word not in command.commands:
                    return [*found, f"{command.name} has no command {word}"]
                command = command.commands[word]
            else:
                arguments += 1
        taken = [each for each in command.params if each.param_type_name == "argument"]
        if arguments > len(taken) and not any(each.nargs == -1 for each in taken):
            found.append(f"{command.name} takes {len(taken)} arguments")
        return found

    return judge

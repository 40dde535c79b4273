"""Running `radalike` inside the test's own process, as its entry point does."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import typer

from radalike.cli.main import app, run


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """What was printed, however it was wrapped."""
        return " ".join(self.out.split())


Radalike = Callable[..., Answer]


@pytest.fixture
def radalike(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Radalike:
    """`radalike("status", "--json")` gives exit code, standard output and standard error."""
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("NO_COLOR", "1")

    def command(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["radalike", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            run()
        printed = capsys.readouterr()
        code = caught.value.code
        assert isinstance(code, int)
        return Answer(code, printed.out, printed.err)

    return command


def commands() -> list[str]:
    """Every command, as it is typed after `radalike`."""

    def below(command: Any, name: str) -> Iterator[str]:
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name
            return
        for word, each in inner.items():
            yield from below(each, f"{name} {word}".strip())

    return sorted(below(typer.main.get_command(app), ""))

"""Children that do what a file says, in place of the real ones."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

_ODD_WORKER = Path(__file__).with_name("odd_worker.py")


def started_instead(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[Any]]:
    """From now on `odd_worker` is what is started; gives those that have been, as they are."""
    plain, started = subprocess.Popen, []

    def start(command: list[str], **named: Any) -> subprocess.Popen[Any]:
        started.append(plain([command[0], str(_ODD_WORKER), command[-1]], **named))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return started

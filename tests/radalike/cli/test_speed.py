"""Commands that only look something up answer at once, because they load nothing heavy."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

MOST_SECONDS = 0.7
HEAVY = frozenset(
    "torch faiss numpy PIL pyarrow streamlit timm transformers open_clip pandas".split()
)
QUICK = (["--help"], ["status"], ["config"], ["rejects"])

LOADED = """
import sys
sys.argv = ["radalike", *sys.argv[1:]]
from radalike.cli.main import run
try:
    run()
except SystemExit as exc:
    modules = sorted(name for name in sys.modules if "." not in name)
    print("exit", exc.code, *modules, file=sys.stderr)
"""


def command(arguments: list[str], library: Path) -> list[str]:
    return arguments if arguments == ["--help"] else [*arguments, "--library", str(library)]


@pytest.mark.parametrize("arguments", QUICK, ids=lambda arguments: arguments[0])
def test_nothing_heavy_is_loaded(arguments: list[str], small_library: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *command(arguments, small_library)],
        capture_output=True,
        text=True,
        check=True,
    )
    _, code, *modules = done.stderr.splitlines()[-1].split()
    assert code == "0"
    assert HEAVY & set(modules) == set()


@pytest.mark.parametrize("arguments", QUICK, ids=lambda arguments: arguments[0])
def test_the_answer_is_quick(arguments: list[str], small_library: Path) -> None:
    """The best of three, since the machine may be busy with other things."""
    entry = [sys.executable, "-m", "radalike.cli.main", *command(arguments, small_library)]
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run(entry, capture_output=True, check=True)
        seconds.append(time.perf_counter() - started)
        if min(seconds) < MOST_SECONDS:
            break
    assert min(seconds) < MOST_SECONDS

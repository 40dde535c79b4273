"""Commands that only look something up answer at once, because they load nothing heavy."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

LIBRARIES = (
    "import typer, sqlalchemy, rich.table, pydantic_settings, filelock, "
    "cryptography.hazmat.primitives.ciphers.aead"
)
MOST_TIMES = 2.0  # as much of the processor as importing the libraries that a command needs
_PAIRS = 3
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
    """The median of pairs, since the machine may be busy with other things."""
    entry = ["-m", "radalike.cli.main", *command(arguments, small_library)]
    ratios = [
        processor_seconds(entry) / processor_seconds(["-c", LIBRARIES]) for _ in range(_PAIRS)
    ]
    assert median(ratios) < MOST_TIMES


def processor_seconds(arguments: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from radalike.encoders.spec import EncoderSpec
from radalike.library import Library
from radalike.settings import load_settings
from tests.ingest.command_line import DEFAULTS, LIGHT, REAL, Command
from tests.ingest.small_encoder import CELLS

OpenLibrary = Callable[..., Library]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("RADALIKE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RADALIKE_CONFIG", str(DEFAULTS))


@pytest.fixture(scope="session", autouse=True)
def _interrupts_reach_child_processes() -> None:
    """A shell that runs this in its background has interrupts ignored, by all children, too."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def open_library(tmp_path: Path) -> Iterator[OpenLibrary]:
    """Opens libraries below `tmp_path` with an encoder that costs nothing, and closes them."""
    with ExitStack() as opened:

        def open_one(
            name: str = "library", *, spec: EncoderSpec = CELLS, **settings: Any
        ) -> Library:
            root = tmp_path / name
            cheap = {"library": root, "workers": 1, "backend": "exact", "precision": "float32"}
            library = Library.open(
                root, create=True, spec=spec, settings=load_settings(**cheap | settings)
            )
            return opened.enter_context(library)

        yield open_one


@pytest.fixture
def library(open_library: OpenLibrary) -> Library:
    return open_library()


@pytest.fixture(params=[LIGHT, pytest.param(REAL, marks=pytest.mark.slow)], ids=["light", "real"])
def command(request: pytest.FixtureRequest) -> Command:
    """The `radalike` command, with an encoder that needs no model; for the slow suite, with it."""
    chosen: Command = request.param
    return chosen

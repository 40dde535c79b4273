"""Only `fetch` and `bundle` reach for a network: loading works where every connection raises."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from radalike.encoders.hub_settings import no_network, no_telemetry
from tests.radalike.encoders.tiny import CHECKPOINTS

BLOCKED = """
import socket, sys
from pathlib import Path

def refused(*_, **__):
    raise SystemExit("a connection was tried")

socket.socket.connect = socket.socket.connect_ex = refused
socket.create_connection = socket.getaddrinfo = refused

from radalike.encoders.checking import check_encoder
from radalike.encoders.store import Store
from tests.radalike.encoders.tiny import CHECKPOINTS

folder = Path(sys.argv[1])
for family in sys.argv[2:]:
    (folder / family).mkdir()
    spec = CHECKPOINTS[family](folder / family)
    for outcome in check_encoder(spec, Store(folder / "store")):
        assert outcome.well or outcome.question.startswith("preprocessing"), outcome
    print(family)
"""


def test_loading_connects_to_nothing(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, str(tmp_path), *CHECKPOINTS],
        capture_output=True,
        text=True,
        check=False,
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert done.stdout.split() == list(CHECKPOINTS), done.stderr


ASKING = """
def load(_spec, _weights):
    from huggingface_hub import hf_hub_download

    hf_hub_download("owner/name", "model.safetensors", endpoint="{endpoint}")
"""


def test_a_loader_that_asks_a_hub_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from radalike.encoders.loaders import load_module
    from radalike.errors import WeightsMismatch
    from tests.peers.hub import running_hub
    from tests.radalike.encoders.tiny import tiny_spec

    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with running_hub() as hub:
        (tmp_path / "asking_loader.py").write_text(ASKING.replace("{endpoint}", hub.url))
        monkeypatch.syspath_prepend(tmp_path)
        spec = tiny_spec("custom", "asking_loader:load", tmp_path, 3)
        with pytest.raises(WeightsMismatch):
            load_module(spec)
        assert hub.asked == []


def test_the_library_s_own_settings_come_back() -> None:
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE, constants.HF_HUB_DISABLE_TELEMETRY
    with no_network(), no_telemetry(), no_network():
        assert constants.HF_HUB_OFFLINE
        assert constants.HF_HUB_DISABLE_TELEMETRY
    assert before == (constants.HF_HUB_OFFLINE, constants.HF_HUB_DISABLE_TELEMETRY)

"""Downloads that differ from what was promised, are cut, or fill the disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from radalike.encoders.catalogue import encoder_spec
from radalike.encoders.fetching import fetch
from radalike.encoders.spec import Weights
from radalike.encoders.store import Store
from radalike.errors import (
    RadalikeError,
    StorageFull,
    WeightsMismatch,
    WeightsMissing,
)
from tests.peers.hub import Hub, Repository
from tests.radalike.encoders.fetching.stores import (
    COMMIT,
    CUT,
    KEPT,
    WEIGHTS,
    Rows,
    names,
    ranges,
    sha256,
)
from tests.radalike.encoders.hubs import row


@pytest.mark.parametrize("content", [WEIGHTS, b"small"])
def test_another_content_than_the_hub_says(content: bytes, hub: Hub, store: Store) -> None:
    """Large files have their SHA-256 on the hub, small ones git's."""
    hub.repositories["o/n"] = Repository({"model.safetensors": content})
    hub.swapped[content] = content[::-1]
    with pytest.raises(WeightsMismatch, match="came as another content"):
        fetch("hf:o/n", store)
    assert store.manifest("hf:o/n") is None
    hub.swapped.clear()
    assert fetch("hf:o/n", store).new


def test_a_file_that_is_longer_than_the_hub_says(hub: Hub, store: Store) -> None:
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS})
    hub.swapped[WEIGHTS] = WEIGHTS * 100
    with pytest.raises(WeightsMismatch, match="larger than the 307,200 bytes"):
        fetch("hf:o/n", store)


@pytest.mark.parametrize("file", ["model.safetensors", ""])
def test_another_content_than_the_row_pins(file: str, hub: Hub, store: Store, rows: Rows) -> None:
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS})
    rows["pinned"] = row("pinned", Weights("hub:o/n", "0" * 64, "", file))
    with pytest.raises(WeightsMismatch, match="not the pinned ones: SHA-256") as caught:
        fetch("pinned", store)
    assert sha256(WEIGHTS) in str(caught.value)
    assert store.manifest("pinned") is None
    rows["pinned"] = row("pinned", Weights("hub:o/n", sha256(WEIGHTS), "", file))
    assert fetch("pinned", store).new


def test_a_cut_connection_is_gone_on_from(hub: Hub, store: Store) -> None:
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS})
    hub.cuts = CUT
    fetch("hf:o/n", store, pause=0)
    asked = [each for each in ranges(hub) if each]
    assert asked[::2] == [f"bytes={KEPT}-", f"bytes={2 * KEPT}-"]  # each is redirected once


def test_another_fetch_goes_on_where_the_first_was_cut(hub: Hub, store: Store) -> None:
    files = {"config.json": b"{}", "model.safetensors": WEIGHTS}
    hub.repositories["o/n"] = Repository(files)
    hub.cuts = CUT

    def interrupted(here: int, _total: int) -> None:
        if here >= KEPT:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch("hf:o/n", store, progress=interrupted)
    assert store.manifest("hf:o/n") is None
    hub.cuts = None
    hub.asked.clear()
    fetch("hf:o/n", store)
    assert f"bytes={KEPT}-" in ranges(hub)
    assert names(store, "hf:o/n") == set(files)
    assert not (store.folder("hf:o/n") / "partial").exists()


def test_what_was_left_of_another_version_is_not_mixed_in(hub: Hub, store: Store) -> None:
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS})
    part = store.partial("hf:o/n", COMMIT) / "part" / "model.safetensors"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"y" * 100)
    with pytest.raises(WeightsMismatch):
        fetch("hf:o/n", store)
    assert fetch("hf:o/n", store).new


def test_a_part_that_is_too_long_is_begun_again(hub: Hub, store: Store) -> None:
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS})
    part = store.partial("hf:o/n", COMMIT) / "part" / "model.safetensors"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"y" * 400_000)
    assert fetch("hf:o/n", store, pause=0).new


def test_a_server_that_is_unwell_for_a_moment(hub: Hub, store: Store) -> None:
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS})
    hub.unwell = 3
    assert fetch("hf:o/n", store, pause=0).new


def test_a_server_that_stays_unwell(hub: Hub, store: Store) -> None:
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS})
    hub.unwell = 1000
    with pytest.raises(WeightsMissing, match="cannot be reached"):
        fetch("hf:o/n", store, pause=0)


LIMITED = """
import resource, sys
from pathlib import Path
from radalike.encoders.fetching import fetch
from radalike.encoders.store import Store
from radalike.errors import StorageFull
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
try:
    fetch("hf:o/n", Store(Path(sys.argv[1])))
except StorageFull as exc:
    print("StorageFull", exc.hint)
"""


def test_a_full_disk_is_named_and_what_came_is_kept(hub: Hub, store: Store, tmp_path: Path) -> None:
    """The operating system itself refuses: a limit on file sizes, in a process of its own."""
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS})
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(store.root)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_HOME": str(tmp_path)},
    )
    assert done.stdout.startswith("StorageFull"), done.stderr
    assert store.manifest("hf:o/n") is None
    hub.asked.clear()
    assert fetch("hf:o/n", store).new


def test_it_is_said_before_when_there_is_no_room(
    hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS})
    monkeypatch.setattr("radalike.encoders.fetching.from_network._RESERVE_BYTES", 1 << 60)
    with pytest.raises(StorageFull, match="MB are free"):
        fetch("hf:o/n", store)
    assert hub.downloads() == []


def test_an_index_that_is_no_json_does_not_stop_fetching(hub: Hub, store: Store) -> None:
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS, "config.json": b"{"})
    fetch("hf:o/n", store)
    with pytest.raises(RadalikeError):
        encoder_spec("hf:o/n", store=store)
    assert json.loads((store.folder("hf:o/n") / "manifest.json").read_text())["id"] == "hf:o/n"

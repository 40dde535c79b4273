"""Installing that is killed, at any moment, or meets a full disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from radalike.encoders.bundles import bundle, install
from radalike.encoders.store import Manifest, Store
from radalike.errors import (
    StorageFull,
)
from tests.peers.hub import Hub, Repository
from tests.radalike.encoders.bundles.packed import FILES, WEIGHTS, content, whole

KILLED = """
import os, sys
from pathlib import Path
from radalike.encoders.bundles import install
from radalike.encoders.store import Store

bundle, root, first = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
events = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree"}

def until(last):
    # a child that is killed, as with kill -9, at its `last`th touch of a file
    seen = 0
    def hook(event, arguments):
        nonlocal seen
        if event in events:
            seen += 1
            if seen == last:
                os.kill(os.getpid(), 9)
    sys.addaudithook(hook)
    install(bundle, Store(root))
    os._exit(0)

for last in range(1, 500):
    if first:
        install(Path(first), Store(root))
    child = os.fork()
    if child == 0:
        until(last)
    _, status = os.waitpid(child, 0)
    print(last, os.waitstatus_to_exitcode(status), flush=True)
    assert sys.stdin.readline()
    if os.waitstatus_to_exitcode(status) == 0:
        break
"""


@pytest.mark.parametrize("replacing", [False, True])
def test_killed_at_any_moment_the_store_is_whole(
    replacing: bool, hub: Hub, packed: Path, here: Store, there: Store, tmp_path: Path
) -> None:
    """Before each touch of a file, one installation is killed; then the store has the old encoder
    or the new one, and installing again completes it and leaves nothing behind."""
    old = {"model.safetensors": WEIGHTS[::-1], "config.json": b"[]"}
    first = tmp_path / "first.zip"
    if replacing:
        hub.repositories["o/n"] = Repository(old, commit="b" * 40)
        bundle(["hf:o/n"], first, Store(tmp_path / "elsewhere"))
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(packed), str(there.root), str(first) * replacing],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    codes, states = [], set()
    for line in process.stdout:
        codes.append(int(line.split()[1]))
        found = content(there, "hf:o/n") if there.manifest("hf:o/n") else None
        assert found in ([old, FILES] if replacing else [None, FILES])
        states.add("new" if found == FILES else "old")
        install(packed, there)
        assert whole(there)
        left = sorted(each.name for each in there.folder("hf:o/n").iterdir())
        assert len(left) == 2  # the manifest and its files
        if not replacing:
            shutil.rmtree(there.root)
        process.stdin.write("\n")
        process.stdin.flush()
    process.stdin.close()
    process.stdout.close()
    assert process.wait() == 0
    assert codes[-1] == 0
    assert set(codes[:-1]) == {-9}
    assert len(codes) > 10
    assert states == {"old", "new"}


LIMITED = """
import resource, sys
from pathlib import Path
from radalike.encoders.bundles import bundle, install
from radalike.encoders.store import Store
from radalike.errors import StorageFull
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
for work in (
    lambda: install(Path(sys.argv[1]), Store(Path(sys.argv[2]))),
    lambda: bundle(["efficientnet-lite0"], Path(sys.argv[1]), Store(Path(sys.argv[2]))),
):
    try:
        work()
    except StorageFull:
        print("StorageFull")
"""


def test_a_full_disk(packed: Path, there: Store) -> None:
    before = packed.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(packed), str(there.root)],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )
    assert done.stdout == "StorageFull\nStorageFull\n", done.stderr
    assert there.installed() == ()
    assert list(there.folder("hf:o/n").glob("*")) == []
    assert packed.read_bytes() == before


def test_it_is_said_before_when_there_is_no_room(
    packed: Path, there: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("radalike.encoders.bundles.installing._RESERVE_BYTES", 1 << 60)
    with pytest.raises(StorageFull, match="MB are free"):
        install(packed, there)


def test_a_manifest_says_how_large_it_is() -> None:
    assert Manifest("a", "b", "", "", ()).size == 0

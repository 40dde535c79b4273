"""Bundles: what one machine packs another has; what is not as it should be changes nothing."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from radalike.encoders.bundles import bundle, install
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.encoders.store import Manifest, Store
from radalike.encoders.weights import weights_path
from radalike.errors import (
    LibraryBusy,
    RadalikeError,
    StorageFull,
    UsageError,
    WeightsMismatch,
    WeightsMissing,
)
from tests.peers.hub import Hub, Repository
from tests.radalike.encoders.hubs import row

WEIGHTS = bytes(range(256)) * 1200
FILES = {"model.safetensors": WEIGHTS, "config.json": b"{}", "LICENSE": b"free"}
CONTENTS = "radalike-bundle.json"
Rows = dict[str, EncoderSpec]


@pytest.fixture
def here(tmp_path: Path) -> Store:
    """The store of the connected machine."""
    return Store(tmp_path / "here")


@pytest.fixture
def there(tmp_path: Path) -> Store:
    """The store of the isolated machine."""
    return Store(tmp_path / "there")


@pytest.fixture
def packed(hub: Hub, here: Store, tmp_path: Path) -> Path:
    """A bundle of `hf:o/n`."""
    hub.repositories["o/n"] = Repository(FILES, licence="mit")
    bundle(["hf:o/n"], tmp_path / "packed.zip", here)
    hub.asked.clear()
    return tmp_path / "packed.zip"


def content(store: Store, encoder: str) -> dict[str, bytes]:
    folder = store.files(encoder)
    assert folder is not None
    return {
        each.relative_to(folder).as_posix(): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }


def whole(store: Store, encoder: str = "hf:o/n") -> bool:
    """Whether the store has all of the encoder; False when it has nothing of it."""
    if store.manifest(encoder) is None:
        return False
    assert content(store, encoder) == FILES
    return True


def test_the_two_commands_of_the_missing_weights_are_enough(
    hub: Hub, here: Store, there: Store, tmp_path: Path, rows: Rows
) -> None:
    hub.repositories["o/n"] = Repository(FILES)
    spec = rows["row"] = row("row", Weights("hub:o/n", None, "", "model.safetensors"))
    with pytest.raises(WeightsMissing) as caught:
        weights_path(spec, there)
    assert "encoders bundle row -o FILE" in caught.value.hint
    bundle(["row"], tmp_path / "file", here)
    hub.repositories.clear()
    hub.asked.clear()
    assert [each.new for each in install(tmp_path / "file", there)] == [True]
    assert weights_path(spec, there).read_bytes() == WEIGHTS
    assert hub.asked == []


def test_several_and_one_of_a_package(
    hub: Hub, here: Store, there: Store, tmp_path: Path, rows: Rows
) -> None:
    hub.repositories["o/n"] = Repository(FILES)
    names = ["efficientnet-lite0", "hf:o/n"]
    manifests = bundle(names, tmp_path / "file", here)
    assert [manifest.id for manifest in manifests] == names
    install(tmp_path / "file", there)
    assert there.installed() == ("efficientnet-lite0", "hf:o/n")
    assert set(content(there, "efficientnet-lite0")) == {
        "efficientnet-lite0-57934424.pth",
        "LICENSE",
    }
    assert whole(there)
    # Where the package is not installed, its weights are those of the bundle.
    weights = rows["efficientnet-lite0"].weights
    without = weights.location.replace("package:", "package:no_")
    manifest = there.manifest("efficientnet-lite0")
    assert manifest is not None
    there.keep(replace(manifest, location=without))
    spec = replace(rows["efficientnet-lite0"], weights=replace(weights, location=without))
    assert weights_path(spec, there).parent == there.files(spec.id)


def test_the_same_bundle_has_the_same_bytes(packed: Path, here: Store, tmp_path: Path) -> None:
    bundle(["hf:o/n"], tmp_path / "again.zip", here)
    assert (tmp_path / "again.zip").read_bytes() == packed.read_bytes()


def test_any_tool_opens_it_and_the_list_comes_first(packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == CONTENTS
        said = json.loads(archive.read(CONTENTS))
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
    assert said["format"] == 1
    assert said["encoders"][0]["licence"] == "mit"
    assert len(said["encoders"][0]["files"]) == len(FILES)


def test_installing_again_is_harmless(packed: Path, there: Store) -> None:
    install(packed, there)
    before = there.manifest("hf:o/n")
    assert [each.new for each in install(packed, there)] == [False]
    assert there.manifest("hf:o/n") == before


def test_installing_again_mends(packed: Path, there: Store) -> None:
    install(packed, there)
    folder = there.files("hf:o/n")
    assert folder is not None
    (folder / "config.json").write_bytes(b"[]")
    assert [each.new for each in install(packed, there)] == [True]
    assert whole(there)
    (there.folder("hf:o/n") / "manifest.json").write_text("{")
    assert [each.new for each in install(packed, there)] == [True]
    assert whole(there)


def test_a_bundle_is_replaced_at_once_or_not_at_all(
    packed: Path, here: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = packed.read_bytes()

    def interrupted(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bundle(["hf:o/n"], packed, here, packing=interrupted)
    assert packed.read_bytes() == before
    assert [each.name for each in packed.parent.glob("*.tmp")] == []
    assert [each.name for each in packed.parent.glob(".packed*")] == []


def test_a_bundle_of_files_that_were_tampered_with_is_not_made(
    hub: Hub, packed: Path, here: Store, tmp_path: Path
) -> None:
    hub.repositories.clear()
    folder = here.files("hf:o/n")
    assert folder is not None
    (folder / "model.safetensors").write_bytes(WEIGHTS[::-1])
    with pytest.raises(RadalikeError):
        bundle(["hf:o/n"], tmp_path / "other.zip", here)
    assert not (tmp_path / "other.zip").exists()


def test_where_it_cannot_be_written(here: Store, tmp_path: Path) -> None:
    for target in (tmp_path, tmp_path / "none" / "file"):
        with pytest.raises(UsageError, match="cannot be written"):
            bundle(["efficientnet-lite0"], target, here)
    with pytest.raises(UsageError, match="named twice"):
        bundle(["efficientnet-lite0"] * 2, tmp_path / "file", here)


def test_two_that_install_at_once(packed: Path, there: Store) -> None:
    with there.writing("hf:o/n"), pytest.raises(LibraryBusy):
        install(packed, there)


# -- bundles that are not as they should be ------------------------------------------------------

Members = list[tuple[zipfile.ZipInfo, bytes]]
Spoil = Callable[[Members, dict[str, Any]], None]


def spoilt(path: Path, spoil: Spoil) -> Path:
    """The bundle, taken apart, changed by `spoil` (its members, what the list says), and put
    together again."""
    with zipfile.ZipFile(path) as archive:
        members = [(entry, archive.read(entry)) for entry in archive.infolist()]
    said = json.loads(members[0][1])
    before = json.dumps(said)
    spoil(members, said)
    target = path.with_name("spoilt.zip")
    with zipfile.ZipFile(target, "w") as archive:
        for entry, inside in members:
            changed = entry.filename == CONTENTS and json.dumps(said) != before
            archive.writestr(entry, json.dumps(said).encode() if changed else inside)
    return target


def other_content(members: Members, _said: Any) -> None:
    members[1] = (members[1][0], members[1][1][::-1])


def shorter(members: Members, _said: Any) -> None:
    members[1] = (members[1][0], members[1][1][:-1])


def missing(members: Members, _said: Any) -> None:
    del members[-1]


def one_more(members: Members, _said: Any) -> None:
    members.append((zipfile.ZipInfo("0/more.json"), b"{}"))


def outside(members: Members, _said: Any) -> None:
    members.append((zipfile.ZipInfo("../../outside"), b"{}"))


def listed_outside(members: Members, said: Any) -> None:
    said["encoders"][0]["files"][1]["name"] = "../../outside"
    members[2] = (zipfile.ZipInfo("0/../../outside"), members[2][1])


def a_program(members: Members, said: Any) -> None:
    said["encoders"][0]["files"][1]["name"] = "run.py"
    members[2] = (zipfile.ZipInfo("0/run.py"), members[2][1])


def link(members: Members, _said: Any) -> None:
    members[2][0].external_attr = (stat.S_IFLNK | 0o777) << 16


def folder(members: Members, _said: Any) -> None:
    members.append((zipfile.ZipInfo("0/folder/"), b""))


def compressed(members: Members, _said: Any) -> None:
    members[1][0].compress_type = zipfile.ZIP_DEFLATED


def no_list(members: Members, _said: Any) -> None:
    del members[0]


def list_last(members: Members, _said: Any) -> None:
    members.append(members.pop(0))


def list_is_no_json(members: Members, _said: Any) -> None:
    members[0] = (members[0][0], b"{")


def list_is_a_number(members: Members, _said: Any) -> None:
    members[0] = (members[0][0], b"3")


def deep_list(members: Members, _said: Any) -> None:
    members[0] = (members[0][0], b"[" * 100_000)


def newer(_members: Members, said: Any) -> None:
    said["format"] = 2


def nobody(_members: Members, said: Any) -> None:
    said["encoders"] = []


def twice(_members: Members, said: Any) -> None:
    said["encoders"] *= 2


def no_hash(_members: Members, said: Any) -> None:
    said["encoders"][0]["files"][0]["sha256"] = ""


def negative(_members: Members, said: Any) -> None:
    said["encoders"][0]["files"][0]["size"] = -1


def no_size(_members: Members, said: Any) -> None:
    said["encoders"][0]["files"][0]["size"] = True


def endless(_members: Members, said: Any) -> None:
    said["encoders"][0]["files"][0]["size"] = 1 << 60


def unknown_field(_members: Members, said: Any) -> None:
    said["encoders"][0]["run"] = "rm"


def hostile_id(_members: Members, said: Any) -> None:
    said["encoders"][0]["id"] = "../../outside"


def hostile_folder(_members: Members, said: Any) -> None:
    said["encoders"][0]["folder"] = "../.."


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (other_content, "SHA-256 is another"),
        (shorter, "has 307,199 bytes, and should have 307,200"),
        (missing, "'0/config.json' is missing"),
        (one_more, "'0/more.json' is in it, and not in its list"),
        (outside, "'../../outside' is in it, and not in its list"),
        (listed_outside, "outside its folder"),
        (a_program, "is a program"),
        (link, "a link or a folder"),
        (folder, "a link or a folder"),
        (compressed, "is compressed"),
        (no_list, "does not begin with its list"),
        (list_last, "does not begin with its list"),
        (list_is_no_json, "cannot be read"),
        (list_is_a_number, "cannot be read"),
        (deep_list, "cannot be read"),
        (newer, "it is of format 2"),
        (nobody, "lists no encoder"),
        (twice, "or one twice"),
        (no_hash, "without its SHA-256"),
        (negative, "cannot be read"),
        (no_size, "cannot be read"),
        (endless, "and should have"),
        (unknown_field, "cannot be read"),
        (hostile_id, "no name of an encoder"),
        (hostile_folder, "could be elsewhere"),
    ],
)
def test_it_is_refused_and_nothing_changes(
    spoil: Spoil, why: str, packed: Path, there: Store, tmp_path: Path
) -> None:
    bad = spoilt(packed, spoil)
    states = (False,) if spoil is other_content else (False, True)  # what is here is not unpacked
    for installed in states:
        if installed:
            install(packed, there)
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(WeightsMismatch) as caught:
            install(bad, there)
        assert why in str(caught.value)
        assert caught.value.hint
        assert whole(there) is installed
        made = {each.name for each in set(tmp_path.rglob("*")) - set(before)}
        assert made <= {"there", ".locks", "hf+o+n", "hf+o+n.holder"}


def test_a_bundle_that_was_cut_anywhere(packed: Path, there: Store) -> None:
    data = packed.read_bytes()
    for kept in (0, 1, 30, 1000, len(data) // 2, len(data) - 30, len(data) - 1):
        packed.write_bytes(data[:kept])
        with pytest.raises(WeightsMismatch, match="cannot be installed"):
            install(packed, there)
    assert there.installed() == ()


def test_a_bundle_with_a_bit_turned_anywhere(packed: Path, there: Store) -> None:
    """It is refused, or installs the same: of the ZIP format, not every bit matters."""
    data = packed.read_bytes()
    for place in range(0, len(data), len(data) // 97):
        packed.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
        try:
            install(packed, there)
        except WeightsMismatch:
            assert there.installed() == ()
        else:
            assert whole(there)
            shutil.rmtree(there.root)


def test_members_that_share_their_bytes(packed: Path, there: Store) -> None:
    """A ZIP whose directory lists the same bytes many times unpacks to more than itself."""
    with zipfile.ZipFile(packed) as archive:
        said = json.loads(archive.read(CONTENTS))
        listed = said["encoders"][0]["files"]
        large = listed[0]
        listed += [{**large, "name": f"{i}.bin"} for i in range(50)]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(CONTENTS, json.dumps(said))
        for file in listed[:3]:
            archive.writestr(f"0/{file['name']}", FILES[file["name"]])
        entry = archive.getinfo("0/model.safetensors")
        for i in range(50):
            again = zipfile.ZipInfo(f"0/{i}.bin")
            again.header_offset, again.CRC = entry.header_offset, entry.CRC
            again.file_size = again.compress_size = entry.file_size
            archive.filelist.append(again)
            archive.NameToInfo[again.filename] = again
    packed.write_bytes(buffer.getvalue())
    with pytest.raises(WeightsMismatch, match="larger than itself"):
        install(packed, there)


def test_what_is_no_bundle(there: Store, tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(b"junk" * 1000)
    with pytest.raises(WeightsMismatch, match="no bundle"):
        install(tmp_path / "junk", there)
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError, match="there is no file"):
            install(path, there)


def test_other_weights_than_a_row_pins(packed: Path, there: Store, rows: Rows) -> None:
    for weights in (
        Weights("hub:o/n", "0" * 64, "", "model.safetensors"),
        Weights("hub:o/n", None, "b" * 40),
        Weights("hub:other/n", None, ""),
    ):
        rows["hf:o/n"] = row("hf:o/n", weights)
        with pytest.raises(WeightsMismatch, match="not the pinned ones"):
            install(packed, there)
    assert there.installed() == ()


# -- at any moment -------------------------------------------------------------------------------

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

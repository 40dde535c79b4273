"""Bundles: what one machine packs another has."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from radalike.encoders.bundles import bundle, install
from radalike.encoders.spec import Weights
from radalike.encoders.store import Store
from radalike.encoders.weights import weights_path
from radalike.errors import (
    LibraryBusy,
    RadalikeError,
    UsageError,
    WeightsMissing,
)
from tests.peers.hub import Hub, Repository
from tests.radalike.encoders.bundles.packed import CONTENTS, FILES, WEIGHTS, Rows, content, whole
from tests.radalike.encoders.hubs import row


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

"""Fetching from a hub and from plain addresses, over loopback, by the real libraries."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from radalike.encoders.catalogue import encoder_spec
from radalike.encoders.fetching import fetch, keep_own
from radalike.encoders.hub_settings import no_network
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.encoders.store import Store
from radalike.encoders.torch_encoder import load_encoder
from radalike.encoders.weights import weights_path
from radalike.errors import (
    RadalikeError,
    StorageFull,
    UnknownName,
    UsageError,
    WeightsMismatch,
    WeightsMissing,
)
from tests.peers.hub import Hub, Repository
from tests.radalike.encoders.hubs import row, vit_repository

COMMIT, OTHER = "a" * 40, "b" * 40
WEIGHTS = bytes(range(256)) * 1200  # 307,200 bytes: stored apart from the repository
CUT, KEPT = 140_000, 131_072  # bytes that a cut connection gives, and whole pieces among them
Rows = dict[str, EncoderSpec]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "encoders")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def names(store: Store, encoder: str) -> set[str]:
    folder = store.files(encoder)
    assert folder is not None
    found = {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()}
    manifest = store.manifest(encoder)
    assert manifest is not None
    assert found == {file.name for file in manifest.files}
    return found


def ranges(hub: Hub) -> list[str]:
    """The `Range` of each request for bytes, empty where it asked for all."""
    return [each.headers.get("Range", "") for each in hub.downloads()]


# -- from a hub ----------------------------------------------------------------------------------


def test_a_repository_becomes_an_encoder(hub: Hub, store: Store, tmp_path: Path) -> None:
    hub.repositories["owner/vit"] = repository = vit_repository(tmp_path)
    moves: list[tuple[int, int]] = []
    done = fetch("hf:owner/vit", store, progress=lambda here, total: moves.append((here, total)))
    assert done.new
    assert names(store, "hf:owner/vit") == {
        *("model.safetensors", "config.json", "preprocessor_config.json"),
        *("README.md", "LICENSE"),
    }
    manifest = done.manifest
    assert manifest.revision == repository.commit
    assert manifest.licence == "mit"
    for file in manifest.files:
        assert file.sha256 == sha256(repository.files[file.name])
        assert file.source == f"hub:owner/vit@{repository.commit}"
    assert moves == sorted(moves)
    assert moves[-1] == (manifest.size, manifest.size)
    spec = encoder_spec("hf:owner/vit", store=store)
    encoder = load_encoder(spec, device="cpu", store=store)
    assert encoder.spec.dimension == 32
    assert spec.weights.revision == repository.commit


def test_the_commit_is_resolved_before_anything_is_downloaded(hub: Hub, store: Store) -> None:
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS}, commit=COMMIT)
    fetch("hf:o/n", store)
    assert hub.asked[0].path == "/api/models/o/n/revision/main"
    assert {each.path for each in hub.asked if "/resolve/" in each.path} == {
        f"/o/n/resolve/{COMMIT}/model.safetensors"
    }


def test_nothing_else_is_asked_of_the_hub(hub: Hub, store: Store) -> None:
    """No telemetry: huggingface_hub would ask, and say, more."""
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS})
    fetch("hf:o/n", store)
    assert [each.path.split("/")[1] for each in hub.asked] == ["api", "o", "stored"]
    assert not any("torch/" in each.headers.get("User-Agent", "") for each in hub.asked)


def test_what_is_here_is_not_fetched_again(hub: Hub, store: Store) -> None:
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS})
    first = fetch("hf:o/n", store)
    hub.asked.clear()
    again = fetch("hf:o/n", store)
    assert not again.new
    assert again.manifest == first.manifest
    assert hub.asked == []


def test_what_is_damaged_here_is_fetched_again(hub: Hub, store: Store) -> None:
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS})
    fetch("hf:o/n", store)
    folder = store.files("hf:o/n")
    assert folder is not None
    (folder / "model.safetensors").write_bytes(b"x" * len(WEIGHTS))
    assert fetch("hf:o/n", store).new
    (store.folder("hf:o/n") / "manifest.json").write_text("{")
    assert fetch("hf:o/n", store).new
    folder = store.files("hf:o/n")
    assert folder is not None
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS


def test_a_revision_by_name(hub: Hub, store: Store) -> None:
    files = {"model.safetensors": WEIGHTS}
    hub.repositories["o/n"] = Repository(files, branches={"v2": OTHER})
    assert fetch("hf:o/n", store).manifest.revision == COMMIT
    assert fetch("hf:o/n", store, revision="v2").manifest.revision == OTHER
    assert len(list(store.folder("hf:o/n").glob("files*"))) == 1


def test_a_revision_that_is_not_there(hub: Hub, store: Store) -> None:
    hub.repositories["o/n"] = Repository({"m": b""}, branches={"version-2": OTHER})
    with pytest.raises(UnknownName, match="Did you mean version-2") as caught:
        fetch("hf:o/n", store, revision="version2")
    assert "main" in caught.value.hint


def test_shards_and_their_index(hub: Hub, store: Store) -> None:
    shards = {f"model-0000{i}-of-00002.safetensors": WEIGHTS + b"%d" % i for i in (1, 2)}
    indices = {f"{stem}.index.json": b"{}" for stem in ("model.safetensors", "pytorch_model.bin")}
    pickles = {f"pytorch_model-0000{i}-of-00002.bin": WEIGHTS for i in (1, 2)}
    hub.repositories["o/n"] = Repository({**shards, **indices, **pickles, "config.json": b"{}"})
    fetch("hf:o/n", store)
    assert names(store, "hf:o/n") == {*shards, "model.safetensors.index.json", "config.json"}


def test_a_pickle_is_taken_where_there_is_nothing_better(hub: Hub, store: Store) -> None:
    hub.repositories["o/n"] = Repository({"pytorch_model.bin": WEIGHTS, "config.json": b"{}"})
    fetch("hf:o/n", store)
    assert names(store, "hf:o/n") == {"pytorch_model.bin", "config.json"}


def test_a_row_s_file_and_the_text_tower_s_repository(hub: Hub, store: Store, rows: Rows) -> None:
    hub.repositories["o/clip"] = Repository(
        {"sub/clip.bin": WEIGHTS, "sub/config.json": b"{1}", "config.json": b"{}", "x.bin": WEIGHTS}
    )
    hub.repositories["o/bert"] = Repository(
        {"vocab.txt": b"words", "tokenizer.json": b"{}", "model.safetensors": WEIGHTS, "a.py": b""},
        commit=OTHER,
    )
    weights = Weights("hub:o/clip", None, COMMIT, "sub/clip.bin", f"o/bert@{OTHER}")
    rows["clip"] = row("clip", weights)
    manifest = fetch("clip", store).manifest
    assert names(store, "clip") == {
        *("sub/clip.bin", "sub/config.json", "config.json"),
        *("text/vocab.txt", "text/tokenizer.json"),
    }
    sources = {file.name: file.source for file in manifest.files}
    assert sources["text/vocab.txt"] == f"hub:o/bert@{OTHER}"
    assert weights_path(rows["clip"], store).name == "clip.bin"


def test_a_row_s_file_that_is_not_there_has_a_nearest(hub: Hub, store: Store, rows: Rows) -> None:
    hub.repositories["o/n"] = Repository({"clip_model.bin": WEIGHTS, "README.md": b""})
    rows["clip"] = row("clip", Weights("hub:o/n", None, "", "clip-model.bin"))
    with pytest.raises(UnknownName, match=r"Did you mean clip_model\.bin"):
        fetch("clip", store)


def test_a_repository_without_weights(hub: Hub, store: Store) -> None:
    hub.repositories["o/n"] = Repository({"model.onnx": WEIGHTS, "README.md": b""})
    with pytest.raises(WeightsMissing, match="no weights in a form that is known") as caught:
        fetch("hf:o/n", store)
    assert "model.onnx" in caught.value.hint


@pytest.mark.parametrize("name", ["../../outside/config.json", "/abs.json", "a\\b.json", "..json/"])
def test_hostile_names_of_a_hub(name: str, hub: Hub, store: Store) -> None:
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS, name: b"{}"})
    try:
        fetch("hf:o/n", store)
    except WeightsMismatch as exc:
        assert "refused" in str(exc)  # noqa: PT017 - either it is refused, or left out
    outside = [each for each in store.root.parent.rglob("*") if each.suffix == ".json"]
    assert all(each.is_relative_to(store.root) for each in outside)


def test_a_row_s_pinned_revision_is_the_one_that_is_fetched(
    hub: Hub, store: Store, rows: Rows
) -> None:
    branches = {OTHER: OTHER}
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS}, branches=branches)
    rows["pinned"] = row("pinned", Weights("hub:o/n", None, OTHER))
    with pytest.raises(UsageError, match=f"pinned to revision {OTHER}") as caught:
        fetch("pinned", store, revision="main")
    assert "hf:o/n --revision" in caught.value.hint
    assert fetch("pinned", store).manifest.revision == OTHER


# -- hashes --------------------------------------------------------------------------------------


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


# -- interruptions -------------------------------------------------------------------------------


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


# -- access --------------------------------------------------------------------------------------


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_gated_repository(
    token: str,
    listed: bool,
    hub: Hub,
    store: Store,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub.repositories["o/n"] = Repository(
        {"model.safetensors": WEIGHTS}, token="right", listed=listed
    )
    rows["gated"] = row("gated", Weights("hub:o/n", None, ""), access="Accept the terms at o/n.")
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(WeightsMissing, match="only for those who were granted access") as caught:
        fetch("gated", store)
    assert "Accept the terms at o/n." in caught.value.hint
    assert "HF_TOKEN" in caught.value.hint
    assert ("The token that was used" in caught.value.hint) == (token == "wrong")
    assert "wrong" not in str(caught.value)
    monkeypatch.setenv("HF_TOKEN", "right")
    assert fetch("gated", store).new


def test_a_token_is_not_shown_to_other_hosts(
    hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS}, token="secret")
    fetch("hf:o/n", store)
    by_host = {each.host.split(":")[0]: each.headers.get("Authorization") for each in hub.asked}
    assert by_host == {"127.0.0.1": "Bearer secret", "localhost": None}


def test_a_repository_that_is_not_there(hub: Hub, store: Store) -> None:
    with pytest.raises(WeightsMissing, match="knows no repository o/none, or it is private"):
        fetch("hf:o/none", store)
    assert not store.folder("hf:o/none").exists()


@pytest.mark.parametrize("name", ["hf:", "hf:a/b/c", "hf:a b", "hf:../x"])
def test_what_is_no_name_of_a_repository(name: str, hub: Hub, store: Store) -> None:
    with pytest.raises(WeightsMissing, match="no name of a repository"):
        fetch(name, store)


def test_without_a_network(store: Store, monkeypatch: pytest.MonkeyPatch, rows: Rows) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    rows["plain"] = row("plain", Weights("http://127.0.0.1:9/w.pth", None, ""), access="Ask.")
    for name in ("hf:o/n", "plain"):
        with pytest.raises(
            WeightsMissing, match=r"http://127\.0\.0\.1:9 cannot be reached"
        ) as caught:
            fetch(name, store, pause=0)
        assert f"radalike encoders bundle {name} -o FILE" in caught.value.hint
        assert "radalike encoders install FILE" in caught.value.hint
    assert caught.value.hint.endswith("Ask.")


def test_offline_means_offline(hub: Hub, store: Store) -> None:
    hub.repositories["o/n"] = Repository({"model.safetensors": WEIGHTS})
    with no_network(), pytest.raises(WeightsMissing, match="HF_HUB_OFFLINE"):
        fetch("hf:o/n", store)
    assert hub.asked == []
    assert fetch("hf:o/n", store).new


# -- plain addresses -----------------------------------------------------------------------------


@pytest.fixture
def plain(hub: Hub, rows: Rows) -> Hub:
    """A hub with `plain`, whose weights are one file."""
    hub.plain["w.pth"] = WEIGHTS
    rows["plain"] = row("plain", Weights(f"{hub.url}/plain/w.pth", None, "1"))
    return hub


def test_one_file_at_an_address(plain: Hub, store: Store, rows: Rows) -> None:
    manifest = fetch("plain", store).manifest
    assert [file.name for file in manifest.files] == ["w.pth"]
    assert manifest.licence == "MIT"
    assert weights_path(rows["plain"], store).read_bytes() == WEIGHTS
    assert store.pinned(rows["plain"]).weights.sha256 == sha256(WEIGHTS)


def test_an_address_goes_on_with_the_same_version_only(plain: Hub, store: Store) -> None:
    plain.cuts = CUT

    def interrupted(here: int, _total: int) -> None:
        if here >= KEPT:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch("plain", store, progress=interrupted)
    plain.plain["w.pth"] = other = WEIGHTS[::-1]
    plain.cuts = None
    manifest = fetch("plain", store).manifest
    assert f"bytes={KEPT}-" in ranges(plain)
    assert manifest.files[0].sha256 == sha256(other)


def test_a_version_that_cannot_be_told_is_begun_again(plain: Hub, store: Store) -> None:
    plain.versioned, plain.cuts = False, CUT
    with pytest.raises(WeightsMissing):
        fetch("plain", store, pause=0)
    assert set(ranges(plain)) == {""}


def test_an_address_without_revisions(plain: Hub, store: Store) -> None:
    with pytest.raises(UsageError, match="it has no revisions"):
        fetch("plain", store, revision="2")


def test_an_address_that_is_gone(plain: Hub, store: Store) -> None:
    plain.plain.clear()
    with pytest.raises(WeightsMissing, match="answers 404"):
        fetch("plain", store)


def test_a_weight_file_inside_a_zip(plain: Hub, store: Store, rows: Rows) -> None:
    plain.plain["all.zip"] = zipped({"folder/w.bin": WEIGHTS, "other.txt": b"x"})
    plain.repositories["o/bert"] = Repository({"vocab.txt": b"words"})
    weights = Weights(f"{plain.url}/plain/all.zip", sha256(WEIGHTS), "", "w.bin", "o/bert")
    rows["zipped"] = row("zipped", weights)
    fetch("zipped", store)
    assert names(store, "zipped") == {"w.bin", "text/vocab.txt"}
    assert weights_path(rows["zipped"], store).read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    "content", [b"no zip at all" * 99, b"", "without", "twice"], ids=["junk", "empty", "0", "2"]
)
def test_a_zip_that_does_not_have_it(
    content: bytes | str, plain: Hub, store: Store, rows: Rows
) -> None:
    made = {"without": {"x": b""}, "twice": {"a/w.bin": WEIGHTS, "b/w.bin": WEIGHTS}}
    plain.plain["all.zip"] = zipped(made[content]) if isinstance(content, str) else content
    rows["zipped"] = row("zipped", Weights(f"{plain.url}/plain/all.zip", None, "", "w.bin"))
    with pytest.raises(WeightsMismatch, match=r"all\.zip"):
        fetch("zipped", store)
    assert store.manifest("zipped") is None


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


# -- nothing to fetch ----------------------------------------------------------------------------


def test_encoders_that_need_no_fetching(store: Store, rows: Rows, tmp_path: Path) -> None:
    rows["own"] = row("own", Weights(str(tmp_path), None, ""))
    rows["asked"] = row("asked", Weights("none", None, ""), access="Write to the authors.")
    page = Weights("https://forms.example/abc", None, "", "w.pth")
    rows["page"] = row("page", page, access="Ask there.")
    for name, said in (
        ("efficientnet-lite0", "its weights are in a Python package"),
        ("own", "files of your own"),
        ("asked", "cannot be fetched from anywhere"),
        ("page", "https://forms.example/abc is where to ask"),
    ):
        with pytest.raises(UsageError, match=said) as caught:
            fetch(name, store)
        assert caught.value.hint
    assert caught.value.hint == "Ask there."


def test_an_unknown_encoder(store: Store) -> None:
    with pytest.raises(UnknownName, match="Did you mean efficientnet-lite0"):
        fetch("efficientnet-lite", store)


# -- files of one's own --------------------------------------------------------------------------


def test_a_file_that_the_authors_sent(store: Store, rows: Rows, tmp_path: Path) -> None:
    rows["asked"] = row("asked", Weights("https://forms.example/abc", sha256(WEIGHTS), "1", "w.pt"))
    given = tmp_path / "downloaded (1).pt"
    given.write_bytes(WEIGHTS)
    manifest = keep_own("asked", given, store)
    assert [file.name for file in manifest.files] == ["w.pt"]
    assert str(tmp_path) not in str(manifest)
    assert weights_path(rows["asked"], store).read_bytes() == WEIGHTS
    given.write_bytes(b"other")
    with pytest.raises(WeightsMismatch, match="not the pinned ones"):
        keep_own("asked", given, store)
    assert weights_path(rows["asked"], store).read_bytes() == WEIGHTS


def test_a_folder_that_was_copied(store: Store, rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    for name in ("model.safetensors", "config.json", "run.py", "text/vocab.txt"):
        (tmp_path / name).write_bytes(WEIGHTS)
    rows["hub"] = row("hub", Weights("hub:o/n", None, COMMIT))
    keep_own("hub", tmp_path, store)
    assert names(store, "hub") == {"model.safetensors", "config.json", "text/vocab.txt"}


def test_a_zip_that_the_authors_sent(store: Store, rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zipped({"a/w.pt": WEIGHTS}))
    rows["asked"] = row("asked", Weights("https://forms.example/abc", None, "", "w.pt"))
    keep_own("asked", tmp_path / "x.zip", store)
    assert weights_path(rows["asked"], store).read_bytes() == WEIGHTS


def test_what_cannot_be_taken(store: Store, rows: Rows, tmp_path: Path) -> None:
    rows["hub"] = row("hub", Weights("hub:o/n", None, COMMIT))
    (tmp_path / "w.bin").write_bytes(WEIGHTS)
    with pytest.raises(UsageError, match="are a folder, not one file"):
        keep_own("hub", tmp_path / "w.bin", store)
    with pytest.raises(UsageError, match="no such file"):
        keep_own("hub", tmp_path / "none", store)
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsMissing, match="no weights"):
        keep_own("hub", tmp_path / "empty", store)


# -- a full disk ---------------------------------------------------------------------------------


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

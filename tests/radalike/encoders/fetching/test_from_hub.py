"""What is chosen of a repository, and fetched, by the real libraries over loopback."""

from __future__ import annotations

from pathlib import Path

import pytest

from radalike.encoders.catalogue import encoder_spec
from radalike.encoders.fetching import fetch
from radalike.encoders.spec import Weights
from radalike.encoders.store import Store
from radalike.encoders.torch_encoder import load_encoder
from radalike.encoders.weights import weights_path
from radalike.errors import (
    UnknownName,
    UsageError,
    WeightsMismatch,
    WeightsMissing,
)
from tests.peers.hub import Hub, Repository
from tests.radalike.encoders.fetching.stores import (
    COMMIT,
    OTHER,
    WEIGHTS,
    Rows,
    names,
    sha256,
)
from tests.radalike.encoders.hubs import row, vit_repository


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

"""Indexes that are there, and indexes that are built aside and leave nothing behind."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from qdrant_client import QdrantClient

import eval.ann.opening
from eval.ann.building import build_embedded_aside, temporary_folder
from eval.ann.opening import opened, resolved
from eval.ann.settings import parse_setting
from radalike.errors import CorruptPart, IndexBusy, IndexUnavailable, InvalidSetting
from radalike.index.backend import IndexSpec
from radalike.library import Library
from radalike.locks import Lock
from tests.eval.ann.clusters import add_clusters, open_clusters

COUNT = 300


@pytest.fixture
def clusters(tmp_path: Path) -> Iterator[Library]:
    """300 images in two parts, without an index."""
    with open_clusters(tmp_path / "library") as library:
        add_clusters(library, COUNT)
        yield library


def left_behind(library: Library) -> list[str]:
    folder = library.layout.evaluation
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("name", ["edge,float32", "int8", "exact"])
def test_an_index_is_built_aside_and_removed(name: str, clusters: Library) -> None:
    written: list[int] = []
    with opened(clusters, resolved(parse_setting(name), "edge"), written.append) as index:
        assert index.count() == COUNT
        assert sum(written) == COUNT
        assert index.name == ("exact" if name == "exact" else "edge")
        assert bool(left_behind(clusters)) == (name != "exact")
    assert left_behind(clusters) == []
    assert not clusters.layout.index(clusters.fingerprint).exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_nothing_is_left_of_what_was_interrupted(
    error: type[BaseException], clusters: Library
) -> None:
    def interrupted(_points: int) -> None:
        raise error

    with (
        pytest.raises(error),
        opened(clusters, resolved(parse_setting("int8"), "edge"), interrupted),
    ):
        pytest.fail("it was interrupted while it was built")
    with pytest.raises(error), opened(clusters, resolved(parse_setting("int8"), "edge")):
        raise error
    assert left_behind(clusters) == []
    assert multiprocessing.active_children() == []


def test_what_a_killed_process_has_left_is_removed_by_the_next(clusters: Library) -> None:
    folder = clusters.layout.evaluation
    with temporary_folder(folder) as first:
        left = folder / "ann-0123"
        left.mkdir()
        (folder / "ann-0123.lock").touch()
        other = folder / "search-0123.npz"
        other.touch()
        with temporary_folder(folder) as second:
            assert first.exists()
            assert second.exists()
            assert not left.exists()
            assert not (folder / "ann-0123.lock").exists()
        assert other.exists()


def test_it_is_for_the_owner_only(clusters: Library) -> None:
    with temporary_folder(clusters.layout.evaluation) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700


def test_what_the_building_process_raises_is_raised(clusters: Library, tmp_path: Path) -> None:
    part = next(clusters.layout.embeddings(clusters.fingerprint).glob("*.parquet"))
    part.write_bytes(b"no part")
    spec = IndexSpec(clusters.spec.dimension, clusters.fingerprint)
    with pytest.raises(CorruptPart) as caught:
        build_embedded_aside(clusters, tmp_path / "index", spec)
    assert caught.value.hint


def test_the_built_index(clusters: Library) -> None:
    setting = resolved(parse_setting("built"), "edge")
    with (
        pytest.raises(IndexUnavailable, match="no built index") as caught,
        opened(clusters, setting),
    ):
        pytest.fail("there is none")
    assert "radalike index build" in caught.value.hint
    clusters.build_index()
    for _ in range(2):
        with opened(clusters, setting) as index:
            assert index.count() == COUNT
    add_clusters(clusters, 10, start=COUNT)
    with pytest.raises(IndexUnavailable, match="lacks 10 images"), opened(clusters, setting):
        pytest.fail("ten are missing")


def test_the_built_index_is_open_elsewhere(clusters: Library) -> None:
    clusters.build_index()
    generation = next(clusters.layout.index(clusters.fingerprint).glob("gen-??????"))
    held = Lock.acquire(generation.with_name(f"{generation.name}.lock"))
    setting = resolved(parse_setting("built"), "edge")
    with (
        pytest.raises(IndexBusy, match="open in another process") as caught,
        opened(clusters, setting),
    ):
        pytest.fail("it is busy")
    assert "--setting float16" in caught.value.hint
    held.release()


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
def test_a_collection_is_built_aside_and_removed(
    clusters: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By qdrant-client's own engine in memory, which a client closes: it must not here."""
    client = QdrantClient(":memory:")
    monkeypatch.setattr(eval.ann.opening, "server_client", lambda _library: client)
    monkeypatch.setattr(client, "close", lambda: None)
    for name in ("server,int8", "server,turbo4"):
        setting = resolved(parse_setting(name), "server")
        with opened(clusters, setting) as index:
            assert index.name == "server"
            assert index.count() == COUNT
            assert len(client.get_collections().collections) == 1
        assert client.get_collections().collections == []
    with pytest.raises(ValueError, match="stop"), opened(clusters, setting):
        raise ValueError("stop")
    assert client.get_collections().collections == []


def test_a_server_without_an_address(clusters: Library) -> None:
    with (
        pytest.raises(InvalidSetting, match="address of the server"),
        opened(clusters, resolved(parse_setting("server"), "edge")),
    ):
        pytest.fail("there is none")


def test_vectors_are_those_of_the_parts(clusters: Library) -> None:
    chunk = next(iter(clusters.embeddings()))
    with opened(clusters, resolved(parse_setting("float32"), "edge")) as index:
        found = index.retrieve(chunk.ids[:5])
    np.testing.assert_allclose(found.vectors, chunk.vectors[:5], atol=1e-6)

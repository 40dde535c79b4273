"""The store: an encoder counts when its manifest is there, and changes all at once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from radalike.encoders.spec import Weights
from radalike.encoders.store import Manifest, Store, StoredFile
from radalike.errors import LibraryBusy, WeightsMismatch
from tests.radalike.encoders.tiny import tiny_spec

SPEC = replace(tiny_spec("timm", "x", Path(), 3), weights=Weights("hub:o/n", None, "", "w.bin"))
MANIFEST = Manifest(SPEC.id, "hub:o/n", "c0ffee", "MIT", (StoredFile("w.bin", 3, "ab" * 32),))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "encoders")


def test_it_comes_back_as_it_was_kept(store: Store) -> None:
    assert store.manifest(SPEC.id) is None
    assert store.files(SPEC.id) is None
    assert store.installed() == ()
    store.keep(MANIFEST)
    assert store.manifest(SPEC.id) == MANIFEST
    assert store.files(SPEC.id) == store.folder(SPEC.id) / "files"
    assert store.installed() == (SPEC.id,)
    assert store.manifest(SPEC.id) == Store(store.root).manifest(SPEC.id)


@pytest.mark.parametrize("name", ["hf:owner/na me", "..", ".", ".hidden", "../x", "open_clip:a:b"])
def test_no_id_leaves_the_store(name: str, store: Store) -> None:
    assert store.folder(name).parent == store.root
    assert not store.folder(name).name.startswith(".")


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", "null", '{"id": 3}', json.dumps({"id": "x", "files": {}}), "\x00"],
)
def test_a_damaged_manifest_says_how_to_mend_it(content: str, store: Store) -> None:
    store.keep(MANIFEST)
    (store.folder(SPEC.id) / "manifest.json").write_text(content)
    for read in (store.manifest, store.files, lambda _: store.installed()):
        with pytest.raises(WeightsMismatch) as caught:
            read(SPEC.id)
        assert f"radalike encoders fetch {SPEC.id}" in caught.value.hint


def test_a_manifest_of_another_encoder(store: Store) -> None:
    store.keep(MANIFEST)
    (store.folder(SPEC.id)).rename(store.folder("other"))
    with pytest.raises(WeightsMismatch, match=f"where other should be, the store has {SPEC.id}"):
        store.manifest("other")


def test_what_was_fetched_pins_what_the_row_does_not(store: Store) -> None:
    assert store.pinned(SPEC) == SPEC
    store.keep(MANIFEST)
    assert store.pinned(SPEC).weights == Weights("hub:o/n", "ab" * 32, "c0ffee", "w.bin")
    own = replace(SPEC, weights=replace(SPEC.weights, sha256="cd" * 32, revision="1"))
    assert store.pinned(own) == own


def test_the_file_of_an_address_is_pinned_too(store: Store) -> None:
    spec = replace(SPEC, weights=Weights("https://host/a/w.bin?x=1", None, "1"))
    store.keep(replace(MANIFEST, location=spec.weights.location))
    assert store.pinned(spec).weights.sha256 == "ab" * 32


def test_one_at_a_time(store: Store) -> None:
    with store.writing(SPEC.id):
        with pytest.raises(LibraryBusy, match=r"being written by process \d+"):
            store.writing(SPEC.id).__enter__()
        with store.writing("another"):
            pass
    with store.writing(SPEC.id):
        pass


def test_what_a_killed_process_left_is_swept_and_the_rest_is_not(store: Store) -> None:
    with store.writing(SPEC.id):
        folder = store.incoming(SPEC.id)
        folder.mkdir(parents=True)
        store.keep(replace(MANIFEST, folder=folder.name))
    left = store.incoming(SPEC.id)
    left.mkdir()
    partial = store.partial(SPEC.id, "c0ffee")
    partial.mkdir(parents=True)
    with store.writing(SPEC.id):
        assert not left.exists()
        assert folder.is_dir()
        assert partial.is_dir()


def test_an_encoder_that_is_replaced_takes_its_files_along(store: Store) -> None:
    for _ in range(2):
        with store.writing(SPEC.id):
            folder = store.incoming(SPEC.id)
            folder.mkdir(parents=True)
            store.keep(replace(MANIFEST, folder=folder.name))
    assert sorted(path.name for path in store.folder(SPEC.id).iterdir()) == sorted(
        [folder.name, "manifest.json"]
    )

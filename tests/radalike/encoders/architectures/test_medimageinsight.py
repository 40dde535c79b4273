"""MedImageInsight's checkpoint, as Microsoft names its tensors, in timm's DaViT."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file
from timm.models.davit import DaVit
from torch import nn

from radalike.encoders.catalogue import ENCODERS
from radalike.encoders.loaders import load_module
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.errors import WeightsMismatch

INPUTS = torch.linspace(-1, 1, 2 * 3 * 96 * 96).reshape(2, 3, 96, 96)
DIMENSION = 24


def small_tower() -> nn.Module:
    torch.manual_seed(0)
    tower: nn.Module = DaVit(
        depths=(1, 1, 2, 1),
        embed_dims=(32, 64, 96, 128),
        num_heads=(1, 2, 3, 4),
        window_size=12,
        down_kernel_size=3,
        channel_attn_v2=True,
        named_blocks=True,
        num_classes=0,
    )
    return tower.eval()


def microsofts_name(name: str) -> str:
    """Of a tensor that timm has under `name`."""
    attention = "window_attn" if "spatial_block" in name else "channel_attn"
    name = re.sub(r"^stem\.", "convs.0.", name)
    name = re.sub(r"^stages\.(\d)\.downsample\.", r"convs.\1.", name)
    name = re.sub(r"^stages\.(\d)\.blocks\.", r"blocks.\1.", name)
    name = re.sub(r"^(convs\.\d)\.conv\.", r"\1.proj.", name)
    name = re.sub(r"^head\.norm\.", "norms.", name)
    for timms, microsofts in (
        (".norm1.", f".{attention}.norm."),
        (".attn.", f".{attention}.fn."),
        (".norm2.", ".ffn.norm."),
        (".mlp.", ".ffn.fn.net."),
        (".cpe1.proj.", ".conv1.fn.dw."),
        (".cpe2.proj.", ".conv2.fn.dw."),
    ):
        name = name.replace(timms, microsofts)
    return name


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    """A small checkpoint: image encoder, its projection, and some of a text encoder."""
    tower = small_tower().state_dict()
    generator = torch.Generator().manual_seed(1)
    return {
        **{f"image_encoder.{microsofts_name(name)}": tower[name] for name in tower},
        "image_projection": torch.randn(128, DIMENSION, generator=generator),
        "lang_projection": torch.ones(16, DIMENSION),
        "lang_encoder.ln_final.weight": torch.ones(16),
        "logit_scale": torch.ones(()),
    }


def spec_of(path: Path) -> EncoderSpec:
    return replace(
        ENCODERS["medimageinsight"], weights=Weights(str(path), None, "1"), dimension=DIMENSION
    )


def saved(state: dict[str, torch.Tensor], folder: Path) -> EncoderSpec:
    path = folder / "medimageinsigt-v1.0.0.pt"
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, path)
    return spec_of(path)


@pytest.mark.parametrize("prefix", ["image_encoder.", "visual."])
def test_it_is_the_tower_and_its_projection(
    prefix: str, state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    renamed = {name.replace("image_encoder.", prefix): state[name] for name in state}
    module = load_module(saved(renamed, tmp_path))
    with torch.inference_mode():
        expected = small_tower()(INPUTS) @ state["image_projection"]
        found = module(INPUTS)
    assert found.shape == (2, DIMENSION)
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=0, atol=1e-5)


def test_the_published_size_is_timm_s_tower_of_florence_2() -> None:
    """The published checkpoint has 601 tensors: the tower's, 196 of the text encoder (16 layers
    of 12, two embeddings, a norm of two), two projections and a scale."""
    with torch.device("meta"):
        tower = timm.create_model("davit_huge_fl", pretrained=False, num_classes=0)
    assert len(tower.state_dict()) == 601 - 196 - 3
    assert tower.num_features == 2048


def test_a_tensor_that_is_missing_is_named(state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    del state["image_encoder.norms.weight"]
    with pytest.raises(WeightsMismatch, match=r"head\.norm\.weight"):
        load_module(saved(state, tmp_path))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_one_of_another_shape_has_its_name_in_the_file(
    dtype: torch.dtype, state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    halves = {name: tensor.to(dtype) for name, tensor in state.items()}
    load_module(saved(halves, tmp_path))
    name = "image_encoder.norms.weight"
    with pytest.raises(WeightsMismatch, match=rf"tensor {name} has shape"):
        load_module(saved({**halves, name: torch.zeros(3, dtype=dtype)}, tmp_path))


def test_another_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(WeightsMismatch, match="no image encoder with a projection"):
        load_module(saved({"conv1.weight": torch.ones(3)}, tmp_path))


def test_a_pickle(tmp_path: Path) -> None:
    path = tmp_path / "medimageinsigt-v1.0.0.pt"
    torch.save({"image_projection": torch.ones(3)}, path)
    with pytest.raises(WeightsMismatch, match="plain tensors"):
        load_module(spec_of(path))

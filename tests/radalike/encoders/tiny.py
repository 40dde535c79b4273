"""A tiny checkpoint of each family, in the family's own format, with random but fixed weights."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import nn

from radalike.encoders.spec import EncoderSpec, Family, Weights
from radalike.imaging.preprocessing import Preprocessing

SIZE = 32
CLIP_MODEL = "radalike-test-clip"


def tiny_spec(
    family: Family, architecture: str, location: Path, dimension: int, pooling: str = "average"
) -> EncoderSpec:
    return EncoderSpec(
        id=f"tiny-{family}",
        family=family,
        architecture=architecture,
        weights=Weights(str(location), None, "1"),
        dimension=dimension,
        preprocessing=Preprocessing(size=SIZE, mean=(0.5, 0.4, 0.3), std=(0.5, 0.6, 0.7)),
        pooling=pooling,
        licence="none",
        source="made by a test",
    )


def timm_checkpoint(folder: Path) -> EncoderSpec:
    import timm

    torch.manual_seed(0)
    model = timm.create_model("test_resnet", pretrained=False)
    torch.save(model.state_dict(), folder / "model.pth")
    return tiny_spec("timm", "test_resnet", folder / "model.pth", model.num_features)


def open_clip_checkpoint(folder: Path) -> EncoderSpec:
    import open_clip

    config = {
        "embed_dim": 16,
        "vision_cfg": {
            "image_size": SIZE,
            "layers": 1,
            "width": 32,
            "head_width": 16,
            "patch_size": 16,
        },
        "text_cfg": {"context_length": 8, "vocab_size": 64, "width": 16, "heads": 2, "layers": 1},
    }
    path = folder / f"{CLIP_MODEL}.json"
    path.write_text(json.dumps(config))
    open_clip.add_model_config(path)
    torch.manual_seed(0)
    model = open_clip.create_model(CLIP_MODEL)
    torch.save(model.state_dict(), folder / "model.pt")
    return tiny_spec("open_clip", CLIP_MODEL, folder / "model.pt", 16, "projected")


def transformers_checkpoint(folder: Path, *, pooler: bool = False) -> EncoderSpec:
    from transformers import ViTConfig, ViTModel

    config = ViTConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        image_size=SIZE,
        patch_size=16,
    )
    torch.manual_seed(0)
    ViTModel(config, add_pooling_layer=pooler).save_pretrained(folder)
    return tiny_spec("transformers", "ViTModel", folder, 32, "pooler" if pooler else "mean")


def custom_checkpoint(folder: Path) -> EncoderSpec:
    torch.manual_seed(0)
    torch.save(projection().state_dict(), folder / "model.pth")
    return tiny_spec("custom", f"{__name__}:load_projection", folder / "model.pth", 12)


def projection() -> nn.Module:
    return nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, 12))


def load_projection(_spec: EncoderSpec, weights: Path) -> nn.Module:
    """What a user of the custom family writes."""
    from radalike.encoders.states import read_state

    model = projection()
    model.load_state_dict(read_state(weights))
    return model


CHECKPOINTS: Mapping[str, Callable[[Path], EncoderSpec]] = {
    "timm": timm_checkpoint,
    "open_clip": open_clip_checkpoint,
    "transformers": transformers_checkpoint,
    "custom": custom_checkpoint,
}

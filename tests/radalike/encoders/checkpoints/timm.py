"""Tiny timm models, with fixed weights of no meaning, in the files that timm and others write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import timm
import torch
from torch import Tensor, nn

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.unlisted.timm_folder import described_by_folder

SWIN: Mapping[str, Any] = {
    "img_size": 32,
    "patch_size": 2,
    "window_size": 4,
    "embed_dim": 16,
    "depths": [1, 2],
    "num_heads": [2, 4],
}
SAM: Mapping[str, Any] = {
    "img_size": 64,
    "embed_dim": 32,
    "depth": 2,
    "num_heads": 2,
    "window_size": 2,
    "global_attn_indexes": [1],
    "neck_chans": 16,
}
VIT: Mapping[str, Any] = {
    "img_size": 32,
    "patch_size": 8,
    "embed_dim": 32,
    "depth": 2,
    "num_heads": 2,
}

MODELS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "vit": ("vit_tiny_patch16_224", VIT),
    "resnet": ("test_resnet", {}),
    "swin": ("swin_tiny_patch4_window7_224", SWIN),
    "efficientnet": ("test_efficientnet", {}),
}
"""timm's name, and other arguments than its own."""


def timm_model(kind: str, **further: Any) -> nn.Module:
    """Of `MODELS`, as training leaves it: no statistic at its initial value."""
    name, arguments = MODELS[kind]
    return with_statistics(timm.create_model(name, pretrained=False, **{**arguments, **further}))


def with_statistics(model: nn.Module) -> nn.Module:
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith("running_var") or (name.endswith("weight") and tensor.ndim == 1):
                tensor.uniform_(0.5, 1.5, generator=generator)
            elif tensor.ndim > 1:
                tensor.normal_(0, tensor[0].numel() ** -0.5, generator=generator)
            elif tensor.is_floating_point():
                tensor.normal_(0, 0.1, generator=generator)
    return model.eval()


def timm_folder(folder: Path, kind: str, **further: Any) -> Path:
    """What timm writes for a hub."""
    _, arguments = MODELS[kind]
    timm.models.save_for_hf(
        timm_model(kind, **further),
        folder,
        model_args={**arguments, **further} or None,
        safe_serialization=True,
    )
    return folder


def timm_spec(kind: str, folder: Path) -> EncoderSpec:
    return described_by_folder(timm_folder(folder, kind), name=f"tiny-{kind}")


def before_stages(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """timm's Swin of today under the names of its version 0.5: a stage ended with what now begins
    the next, and masks and indices were among the weights."""
    renamed = {}
    for name, tensor in state.items():
        parts = name.split(".")
        if parts[0] == "layers" and parts[2] == "downsample":
            parts[1] = str(int(parts[1]) - 1)
        renamed[".".join(parts).replace("head.fc.", "head.")] = tensor
    renamed["layers.0.blocks.0.attn.relative_position_index"] = torch.zeros(16, 16).long()
    renamed["layers.1.blocks.1.attn_mask"] = torch.zeros(1, 16, 16)
    return renamed


def ark_state(model: nn.Module) -> dict[str, Tensor]:
    """`model` as the teacher of Ark: a projector and a head for each data set on top of it."""
    width = model.num_features
    assert isinstance(width, int)
    return {
        **before_stages(model.state_dict()),
        "projector.weight": torch.ones(5, width),
        "projector.bias": torch.ones(5),
        "omni_heads.0.weight": torch.ones(14, 5),
        "omni_heads.0.bias": torch.ones(14),
    }


SPECS: Mapping[str, Callable[[Path], EncoderSpec]] = {
    f"timm-{kind}": partial(timm_spec, kind) for kind in ("vit", "swin", "efficientnet")
}
"""Makers of an encoder in a folder, for suites that every family passes."""

"""MedImageInsight's image tower (Codella et al. 2024): a DaViT, its mean over space, normalised
and projected into the space of its texts.

The tower is that of Florence-2, which timm has; the checkpoint holds it under Microsoft's names.
"""

from __future__ import annotations

from itertools import count, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError
from safetensors.torch import load_file
from timm.models.davit import DaVit, checkpoint_filter_fn
from torch import nn

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.states import fill, names_in, uninitialised
from radalike.errors import WeightsMismatch

if TYPE_CHECKING:
    from torch import Tensor

_HEAD_WIDTH = 32
_FLORENCE = "vision_tower."  # what timm's rules for this tower's names begin with
_IMAGE_ENCODERS = ("image_encoder.", "visual.")  # in the checkpoint; the second in older ones
_PROJECTIONS = ("image_projection", "vision_projection")


class Projected(nn.Module):
    """`tower` gives (n, width) features; `projection` is (width, dimension)."""

    def __init__(self, tower: nn.Module, projection: Tensor) -> None:
        super().__init__()
        self.tower = tower
        self.projection = nn.Parameter(projection.float(), requires_grad=False)

    def forward(self, inputs: Tensor) -> Tensor:
        features: Tensor = self.tower(inputs)
        return features @ self.projection


def load(spec: EncoderSpec, weights: Path) -> nn.Module:
    """From the file that Microsoft distributes: safetensors, although its name ends in .pt.

    Raises WeightsMismatch.
    """
    found = _read(spec, weights)
    names = names_in(found)
    state, projection = _image_side(spec, found)
    with uninitialised():
        tower = _tower(state)
    fill(spec, tower, state, names)
    return Projected(tower, projection)


def _tower(state: dict[str, Tensor]) -> nn.Module:
    """The DaViT that these tensors are of: as wide and deep as they are, else Florence-2's."""
    downsamplings = (f"stages.{stage}.downsample.conv.weight" for stage in count(1))
    convolutions = ("stem.conv.weight", *takewhile(state.__contains__, downsamplings))
    widths = tuple(len(state[name]) for name in convolutions if name in state)
    blocks = {tuple(name.split(".")[1:4:2]) for name in state if ".blocks." in name}
    depths = tuple(sum(of == str(stage) for of, _ in blocks) for stage in range(len(widths)))
    module: nn.Module = DaVit(
        depths=depths,
        embed_dims=widths,
        num_heads=tuple(width // _HEAD_WIDTH for width in widths),
        window_size=12,
        down_kernel_size=3,
        channel_attn_v2=True,
        named_blocks=True,
        num_classes=0,
    )
    return module


def _read(spec: EncoderSpec, weights: Path) -> dict[str, Tensor]:
    try:
        return dict(load_file(weights))
    except SafetensorError as exc:
        raise WeightsMismatch(
            f"{spec.id}: {weights.name} holds no weights that can be read as plain tensors",
            hint="take the file that Microsoft distributes: it is safetensors, whatever its name",
            encoder=spec.id,
        ) from exc


def _image_side(spec: EncoderSpec, found: dict[str, Tensor]) -> tuple[dict[str, Tensor], Tensor]:
    """The tower's tensors under timm's names, and the projection; the rest is of texts."""
    tower = {
        _FLORENCE + name.removeprefix(prefix): tensor
        for prefix in _IMAGE_ENCODERS
        for name, tensor in found.items()
        if name.startswith(prefix)
    }
    projections = [found[name] for name in _PROJECTIONS if name in found]
    if not tower or len(projections) != 1:
        raise WeightsMismatch(
            f"{spec.id}: the checkpoint has no image encoder with a projection",
            hint="it is of another model",
            encoder=spec.id,
        )
    named = checkpoint_filter_fn(tower, None)
    return {_head(name): tensor for name, tensor in named.items()}, projections[0]


def _head(name: str) -> str:
    """timm's rules leave out the last norm, which Florence-2 has not."""
    return f"head.norm.{name.removeprefix('norms.')}" if name.startswith("norms.") else name

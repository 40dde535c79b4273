"""The image side of transformers models, and how its output becomes one embedding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from radalike.encoders.spec import EncoderSpec
from radalike.errors import WeightsMismatch

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

POOLINGS = ("cls", "mean", "pooler", "logits", "spatial", "projected")


class Pooled(nn.Module):
    """(n, 3, h, w) inputs to the (n, d) pooling of what `model` makes of them."""

    def __init__(self, spec: EncoderSpec, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.encoder = spec.id
        self.pooling = spec.pooling

    def forward(self, inputs: Tensor) -> Tensor:
        output = self.output(inputs)
        if self.pooling == "logits":
            return self._of(output, "logits")
        if self.pooling == "projected":
            return self._of(output, "image_embeds")
        if self.pooling == "pooler":
            return self._of(output, "pooler_output").flatten(1)
        hidden = self._of(output, "last_hidden_state")
        if self.pooling == "cls":
            return hidden[:, 0]
        return hidden.mean(dim=1 if hidden.ndim == 3 else (2, 3))

    def output(self, inputs: Tensor) -> Any:
        return self.model(pixel_values=inputs)

    def _of(self, output: Any, name: str) -> Tensor:
        tensor: Tensor | None = getattr(output, name, None)
        if tensor is None:
            raise WeightsMismatch(
                f"{self.encoder}: the model gives no {name}",
                hint=f"pooling {self.pooling!r} is for other models; there are "
                f"{', '.join(POOLINGS)}",
                encoder=self.encoder,
            )
        return tensor


class Unmasked(Pooled):
    """A masked autoencoder's encoder with all patches, in their order: as it is, it hides other
    patches at random on every call."""

    def __init__(self, spec: EncoderSpec, model: PreTrainedModel) -> None:
        super().__init__(spec, model)
        model.config.mask_ratio = 0.0
        self.patches = int(model.embeddings.patch_embeddings.num_patches)

    def output(self, inputs: Tensor) -> Any:
        ordered = torch.arange(self.patches, dtype=torch.float32, device=inputs.device)
        return self.model(pixel_values=inputs, noise=ordered.expand(len(inputs), -1))


class ImageFeatures(nn.Module):
    """The image side of a model that has one for texts as well: projected, as it defines it."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: Tensor) -> Tensor:
        features: Tensor = self.model.get_image_features(pixel_values=inputs).pooler_output
        return features


class PatchFeatures(ImageFeatures):
    """The same for SigLIP 2 of free aspect ratio, which takes patches: those of a square."""

    def forward(self, inputs: Tensor) -> Tensor:
        side = self.model.config.vision_config.patch_size
        count, channels, height, width = inputs.shape
        rows, columns = height // side, width // side
        patches = inputs.reshape(count, channels, rows, side, columns, side)
        patches = patches.permute(0, 2, 4, 3, 5, 1).reshape(count, rows * columns, -1)
        features: Tensor = self.model.get_image_features(
            pixel_values=patches,
            pixel_attention_mask=torch.ones(patches.shape[:2], device=inputs.device),
            spatial_shapes=torch.tensor([[rows, columns]] * count),
        ).pooler_output
        return features


def check_pooling(spec: EncoderSpec) -> None:
    """Raises WeightsMismatch for a pooling that there is not."""
    if spec.pooling not in POOLINGS:
        raise WeightsMismatch(
            f"{spec.id}: a transformers model has no pooling {spec.pooling!r}",
            hint=f"use {', '.join(POOLINGS)}",
            encoder=spec.id,
        )


def image_part(spec: EncoderSpec, model: PreTrainedModel) -> nn.Module:
    """What `spec.pooling` needs of `model`, and no more; the rest is dropped."""
    if spec.pooling == "logits":
        return Pooled(spec, model)
    if spec.pooling == "projected":
        if not hasattr(model, "get_image_features"):
            return Pooled(spec, model)
        for name in ("text_model", "text_projection"):
            if hasattr(model, name):
                setattr(model, name, None)
        features = PatchFeatures if model.config.model_type == "siglip2" else ImageFeatures
        return features(model)
    # What a head stands on; a model without one names parts of itself a base, too.
    tower = model.base_model if "For" in type(model).__name__ else model
    for name in ("vision_model", "vision_encoder"):
        tower = getattr(tower, name, tower)
    if spec.pooling != "pooler" and any(True for _ in _pooler(tower).parameters()):
        tower.pooler = None  # unused, and not in every checkpoint
    return (Unmasked if tower.config.model_type == "vit_mae" else Pooled)(spec, tower)


def _pooler(tower: nn.Module) -> nn.Module:
    found = getattr(tower, "pooler", None)
    return found if isinstance(found, nn.Module) else nn.Identity()

"""MedCLIP with its Swin image tower, from the authors' own checkpoint and without their package.

Wang, Wu, Agarwal, Sun. MedCLIP: contrastive learning from unpaired medical images and text. EMNLP
2022 (github.com/RyanWangZf/MedCLIP). The checkpoint is one state dict:

vision_model.model.…                   Swin-T, patches of 4, windows of 7, images of 224 x 224
vision_model.projection_head.weight    (512, 768), of its pooled output
text_model.model.…                     BERT (Bio_ClinicalBERT)
text_model.projection_head.weight      (512, 768), of the mean over three layers and all places
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isqrt
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from radalike.encoders.loaders.transformers.checkpoint import filled
from radalike.encoders.loaders.transformers.text import tokenizer
from radalike.encoders.spec import EncoderSpec
from radalike.encoders.states import read_state
from radalike.errors import WeightsMismatch

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

_LONGEST = 77  # tokens of a text in its training
_LAYERS = (1, 2, -1)  # of the hidden states, whose mean is the text's embedding
_TABLE = "model.encoder.layers.{}.blocks.0.attention.self.relative_position_bias_table"
_BLOCK = re.compile(r"model\.encoder\.layers\.(\d+)\.blocks\.(\d+)\.")
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as Pillow makes grey of colour


class ImageTower(nn.Module):
    """(n, 3, 224, 224) to (n, 512). Colour becomes grey, as in its training: with one mean and
    deviation for all channels, it can be done after normalisation as well."""

    luma: Tensor

    def __init__(self, model: PreTrainedModel, projection: nn.Linear) -> None:
        super().__init__()
        self.model = model
        self.projection = projection
        self.register_buffer("luma", torch.tensor(_LUMA).view(1, 3, 1, 1), persistent=False)

    def forward(self, inputs: Tensor) -> Tensor:
        grey = (inputs * self.luma).sum(dim=1, keepdim=True).expand(-1, 3, -1, -1)
        features: Tensor = self.projection(self.model(pixel_values=grey).pooler_output)
        return features


class TextTower(nn.Module):
    """n texts to (n, 512): the mean of three hidden layers over all places. Padding would be among
    them, so each text goes alone: its embedding is the same in any company."""

    def __init__(
        self, model: PreTrainedModel, projection: nn.Linear, tokenizer: PreTrainedTokenizerBase
    ) -> None:
        super().__init__()
        self.model = model
        self.projection = projection
        self.tokenizer = tokenizer

    def forward(self, texts: Sequence[str]) -> Tensor:
        return torch.cat([self._one(text) for text in texts])

    def _one(self, text: str) -> Tensor:
        tokens = self.tokenizer(text, truncation=True, max_length=_LONGEST, return_tensors="pt")
        output = self.model(
            input_ids=tokens["input_ids"],
            attention_mask=tokens["attention_mask"],
            output_hidden_states=True,
        )
        layers = torch.stack([output.hidden_states[layer] for layer in _LAYERS], dim=1)
        embedding: Tensor = self.projection(layers.mean(dim=2).mean(dim=1))
        return embedding


def load(spec: EncoderSpec, weights: Path) -> nn.Module:
    """The image tower from the checkpoint's state dict. Raises WeightsMismatch."""
    from transformers import SwinModel

    state = _side(spec, read_state(weights), "vision_model")
    config = swin_configuration(spec.id, spec.preprocessing.size, state)
    model = filled(spec, SwinModel, config, _below(state, "model"))
    return ImageTower(model, _projection(spec, state))


def load_text(spec: EncoderSpec, weights: Path) -> nn.Module:
    """The text tower; configuration and tokenizer of its BERT are in the folder `text` beside the
    checkpoint. Raises WeightsMismatch."""
    from transformers import BertConfig, BertModel

    tokens = tokenizer(spec, weights.parent)
    state = _side(spec, read_state(weights), "text_model")
    config = BertConfig.from_pretrained(weights.parent / "text", local_files_only=True)
    model = filled(spec, BertModel, config, _below(state, "model"))
    return TextTower(model, _projection(spec, state), tokens).eval()


def swin_configuration(
    encoder: str, image_size: int, state: Mapping[str, Tensor]
) -> PreTrainedConfig:
    """The configuration that the shapes of the tensors say: of the original, SwinConfig().

    Raises WeightsMismatch when those that say it are missing.
    """
    from transformers import SwinConfig

    patches = _tensor(encoder, state, "model.embeddings.patch_embeddings.projection.weight")
    blocks = {found.groups() for name in state if (found := _BLOCK.match(name))}
    stages = range(max(len({stage for stage, _ in blocks}), 1))
    tables = [_tensor(encoder, state, _TABLE.format(stage)) for stage in stages]
    return SwinConfig(
        image_size=image_size,
        patch_size=patches.shape[-1],
        embed_dim=patches.shape[0],
        depths=[sum(int(each) == stage for each, _ in blocks) for stage in stages],
        num_heads=[table.shape[1] for table in tables],
        window_size=(isqrt(tables[0].shape[0]) + 1) // 2,  # a table has (2 w - 1) ** 2 rows
    )


def _projection(spec: EncoderSpec, state: Mapping[str, Tensor]) -> nn.Linear:
    weight = _tensor(spec.id, state, "projection_head.weight").float()
    projection = nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    projection.load_state_dict({"weight": weight})
    return projection


def _side(spec: EncoderSpec, state: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    found = _below(state, name)
    if not found:
        raise _lacks(spec.id, f"{name}.projection_head.weight")
    return found


def _below(state: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    start = f"{name}."
    return {key.removeprefix(start): each for key, each in state.items() if key.startswith(start)}


def _tensor(encoder: str, state: Mapping[str, Tensor], name: str) -> Tensor:
    if name not in state:
        raise _lacks(encoder, name)
    return state[name]


def _lacks(encoder: str, name: str) -> WeightsMismatch:
    return WeightsMismatch(
        f"{encoder}: tensor {name} is not in the checkpoint",
        hint="get medclip-vit-pretrained.zip of MedCLIP's authors; this is another checkpoint",
        encoder=encoder,
        tensor=name,
    )

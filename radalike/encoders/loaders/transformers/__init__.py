"""Hugging Face transformers models from a local checkpoint folder, as transformers writes it.

`spec.architecture` is the transformers class (`ViTModel`, `ResNetForImageClassification`,
`CLIPModel` …), or `AutoModel` for the one that config.json asks for. `spec.pooling` is how the
embedding is taken:

cls        the class token of the last hidden state
mean       the mean of the last hidden state's tokens
pooler     the model's own pooled output
logits     of the classes that the model was trained on
spatial    the mean over space of the feature map (SAM, convolutional networks)
projected  the image's side of the space that it shares with texts (CLIP, SigLIP)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from radalike.encoders.loaders.transformers.checkpoint import checkpoint
from radalike.encoders.loaders.transformers.image import check_pooling, image_part
from radalike.encoders.loaders.transformers.text import text_part, tokenizer
from radalike.encoders.spec import EncoderSpec

if TYPE_CHECKING:
    from torch import nn

    from radalike.encoders.loaders import TextTower

__all__ = ["load", "load_text"]


def load(spec: EncoderSpec, weights: Path) -> nn.Module:
    """The image side of the checkpoint, pooled; nothing else of it is kept."""
    check_pooling(spec)
    found = checkpoint(spec, weights)
    part = image_part(spec, found.model)
    found.check(part)
    return part


def load_text(spec: EncoderSpec, weights: Path) -> TextTower:
    """The text side of the checkpoint, with the tokenizer in its folder (or in `text` there,
    where `spec.weights.text` says that it is another's). Longer texts are cut to the context."""
    found = checkpoint(spec, weights)
    part = text_part(spec, found.model, tokenizer(spec, weights))
    found.check(part)
    return part.eval()

"""The text side of transformers models that have one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn
from transformers import AutoTokenizer

from radalike.encoders.spec import EncoderSpec
from radalike.errors import MissingExtra, NoTextTower, WeightsMismatch

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_VOCABULARIES = (
    "tokenizer.json",
    "vocab.json",
    "vocab.txt",
    "spiece.model",
    "tokenizer.model",
    "sentencepiece.bpe.model",
)


class TextFeatures(nn.Module):
    """Texts to their (n, d) features; a text that is longer than the context is cut."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
        super().__init__()
        self.model = model
        self.tokenizer = tokenizer
        config = model.config.text_config
        self.context = min(int(config.max_position_embeddings), tokenizer.model_max_length)
        # SigLIP has learnt from lower case, padded to the context, the padding not masked:
        # its embedding is taken at the last place, whatever is there.
        self.padded = model.config.model_type in ("siglip", "siglip2")

    def forward(self, texts: Sequence[str]) -> Tensor:
        tokens = self.tokenizer(
            [text.lower() for text in texts] if self.padded else list(texts),
            padding="max_length" if self.padded else True,
            truncation=True,
            max_length=self.context,
            return_tensors="pt",
        )
        inputs: dict[str, Any] = {"input_ids": tokens["input_ids"]}
        if not self.padded and "attention_mask" in tokens:
            inputs["attention_mask"] = tokens["attention_mask"]
        features: Tensor = self.model.get_text_features(**inputs).pooler_output
        return features


def text_part(
    spec: EncoderSpec, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase
) -> nn.Module:
    """The text side of `model`, without the image's. Raises NoTextTower."""
    if not hasattr(model, "get_text_features"):
        raise NoTextTower(
            f"{spec.id} knows images only, no text",
            hint=f"{spec.architecture} has no text tower",
            encoder=spec.id,
        )
    for name in ("vision_model", "visual_projection"):
        if hasattr(model, name):
            setattr(model, name, None)
    return TextFeatures(model, tokenizer)


def has_tokenizer(folder: Path) -> bool:
    """Whether there is a vocabulary: the library makes an empty one in silence where none is."""
    return any((folder / name).is_file() for name in _VOCABULARIES)


def tokenizer(spec: EncoderSpec, folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer that is kept with the checkpoint. Raises WeightsMismatch when none is."""
    place = folder / "text" if spec.weights.text else folder
    if not has_tokenizer(place):
        raise _unreadable(spec, "is no tokenizer")
    try:
        found: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            place, local_files_only=True, trust_remote_code=False
        )
    except ImportError as exc:
        raise MissingExtra(
            f"the tokenizer of {spec.id} needs a Python package that is not here ({exc!s:.200})",
            hint="pip install sentencepiece",
            encoder=spec.id,
        ) from exc
    except Exception as exc:  # the library that parses its file raises bare Exceptions
        raise _unreadable(spec, "is a tokenizer that cannot be read") from exc
    return found


def _unreadable(spec: EncoderSpec, what: str) -> WeightsMismatch:
    return WeightsMismatch(
        f"{spec.id}: there {what} beside its weights",
        hint=f"texts need the tokenizer's files: {' or '.join(_VOCABULARIES[:4])}, and "
        "tokenizer_config.json",
        encoder=spec.id,
    )

"""Tiny CLIP models, with fixed weights of no meaning, in the files that open_clip writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import open_clip
from torch import nn

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.unlisted.open_clip_folder import described_by_folder
from tests.radalike.encoders.checkpoints.timm import with_statistics

WORDS = ("pleural", "effusion", "left", "right", "lung", "normal", "fracture", "of", "the", ",")

OWN: dict[str, Any] = {
    "embed_dim": 16,
    "quick_gelu": True,
    "vision_cfg": {
        "image_size": 32,
        "layers": 2,
        "width": 32,
        "head_width": 16,
        "patch_size": 8,
    },
    "text_cfg": {"context_length": 12, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 2},
}
"""Both towers of open_clip's own, as CLIP has them."""

OF_OTHERS: dict[str, Any] = {
    "embed_dim": 16,
    "vision_cfg": {
        "timm_model_name": "test_vit",
        "timm_model_pretrained": False,
        "timm_pool": "",
        "timm_proj": "linear",
        "image_size": 160,
    },
    "text_cfg": {
        "hf_model_name": "someone/on-the-hub",
        "hf_tokenizer_name": "someone/on-the-hub",
        "hf_proj_type": "mlp",
        "hf_pooler_type": "cls_last_hidden_state_pooler",
        "context_length": 12,
    },
}
"""An image tower of timm and a text tower of transformers, as BiomedCLIP has them."""


@dataclass(frozen=True)
class Saved:
    """A checkpoint folder, and the model and tokenizer that were saved in it."""

    folder: Path
    model: Any
    tokenizer: Any


def own_towers(folder: Path, preprocess: dict[str, Any] | None = None) -> Saved:
    model = with_statistics(open_clip.CLIP(**OWN))
    tokenizer = open_clip.SimpleTokenizer(context_length=OWN["text_cfg"]["context_length"])
    return _saved(folder, model, tokenizer, OWN, preprocess or {"resize_mode": "shortest"})


def towers_of_others(folder: Path, preprocess: dict[str, Any] | None = None) -> Saved:
    """The text tower's configuration and tokenizer are in the sub-folder `text`."""
    text = folder / "text"
    bert(text)
    config = {**OF_OTHERS, "text_cfg": {**OF_OTHERS["text_cfg"], "hf_model_name": str(text)}}
    config["text_cfg"]["hf_model_pretrained"] = False
    model = with_statistics(open_clip.CustomTextCLIP(**config))
    tokenizer = open_clip.tokenizer.HFTokenizer(str(text), context_length=12)
    return _saved(folder, model, tokenizer, OF_OTHERS, preprocess or {"resize_mode": "squash"})


def bert(folder: Path) -> None:
    """A BERT's configuration and tokenizer, without its weights."""
    from transformers import BertConfig, BertTokenizer

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    tokenizer = BertTokenizer(vocab={word: number for number, word in enumerate(vocabulary)})
    tokenizer.save_pretrained(folder)
    BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=16,
    ).save_pretrained(folder)


def _saved(
    folder: Path, model: nn.Module, tokenizer: Any, config: Any, preprocess: dict[str, Any]
) -> Saved:
    from safetensors.torch import save_file

    folder.mkdir(exist_ok=True, parents=True)
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    said = {"model_cfg": config, "preprocess_cfg": preprocess}
    (folder / "open_clip_config.json").write_text(json.dumps(said))
    return Saved(folder, model, tokenizer)


SPECS: Mapping[str, Callable[[Path], EncoderSpec]] = {
    "open_clip-own": lambda folder: described_by_folder(own_towers(folder).folder, name="tiny-own"),
    "open_clip-of-others": lambda folder: described_by_folder(
        towers_of_others(folder).folder, name="tiny-of-others"
    ),
}
"""Makers of an encoder in a folder, for suites that every family passes."""

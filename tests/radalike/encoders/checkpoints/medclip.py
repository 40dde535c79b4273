"""A tiny checkpoint of MedCLIP: one state dict, with the names that transformers saves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor, nn

from radalike.encoders.spec import EncoderSpec, Weights
from radalike.imaging.preprocessing import Preprocessing
from tests.radalike.encoders.checkpoints.transformers import WORDS, tokenizer
from tests.radalike.encoders.tiny import tiny_spec

SIZE, DIMENSION = 32, 12
MEAN, STD = 0.5862785803043838, 0.27950088968644304


@dataclass(frozen=True, slots=True)
class Models:
    """The library's own parts of MedCLIP."""

    swin: Any
    bert: Any
    image_projection: nn.Linear
    text_projection: nn.Linear

    def state(self, folder: Path) -> dict[str, Tensor]:
        """As MedCLIP's authors saved it."""
        state = {"logit_scale": torch.tensor(2.0)}
        for name, model, head in (
            ("vision_model", self.swin, self.image_projection),
            ("text_model", self.bert, self.text_projection),
        ):
            model.save_pretrained(folder / name)
            saved = _saved(folder / name)
            state |= {f"{name}.model.{key}": tensor for key, tensor in saved.items()}
            state[f"{name}.projection_head.weight"] = head.weight.detach()
        state["text_model.model.embeddings.position_ids"] = torch.arange(8)[None]
        return state


def models() -> Models:
    torch.manual_seed(0)
    swin = transformers.SwinModel(
        transformers.SwinConfig(
            image_size=SIZE, embed_dim=8, depths=[1, 2], num_heads=[1, 2], window_size=4
        )
    )
    bert = transformers.BertModel(
        transformers.BertConfig(
            hidden_size=16,
            num_hidden_layers=3,
            num_attention_heads=2,
            intermediate_size=32,
            vocab_size=4 + len(WORDS),
        )
    )
    made = Models(
        swin.eval(),
        bert.eval(),
        nn.Linear(16, DIMENSION, bias=False),
        nn.Linear(16, DIMENSION, bias=False),
    )
    with torch.no_grad():
        for model in (swin, bert):
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter), alpha=0.1)
    return made


def medclip_checkpoint(folder: Path) -> EncoderSpec:
    made = models()
    torch.save(made.state(folder / "parts"), folder / "pytorch_model.bin")
    made.bert.config.save_pretrained(folder / "text")
    tokenizer().save_pretrained(folder / "text")
    spec = tiny_spec(
        "custom", "radalike.encoders.architectures.medclip:load", folder, DIMENSION, "projected"
    )
    return replace(
        spec,
        id="tiny-medclip",
        weights=Weights(str(folder), None, "1", file="pytorch_model.bin", text="a/bert"),
        preprocessing=Preprocessing(size=SIZE, mean=(MEAN,) * 3, std=(STD,) * 3, fit="pad"),
        has_text_tower=True,
    )


def _saved(folder: Path) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    return dict(load_file(folder / "model.safetensors"))

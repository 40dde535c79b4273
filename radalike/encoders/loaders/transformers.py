"""Hugging Face transformers models from a local checkpoint folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError
from torch import nn
from transformers import AutoModel

from radalike.encoders.spec import EncoderSpec
from radalike.errors import WeightsMismatch

if TYPE_CHECKING:
    from torch import Tensor


class Pooled(nn.Module):
    """The class token of the last hidden state (`cls`), its mean (`mean`), or the model's own
    pooled output (`pooler`)."""

    def __init__(self, model: nn.Module, pooling: str) -> None:
        super().__init__()
        self.model = model
        self.pooling = pooling

    def forward(self, inputs: Tensor) -> Tensor:
        output = self.model(pixel_values=inputs)
        hidden: Tensor = output.last_hidden_state
        if self.pooling == "pooler":
            pooled: Tensor = output.pooler_output
            return pooled.flatten(1)
        return hidden[:, 0] if self.pooling == "cls" else hidden.mean(dim=1)


def load(spec: EncoderSpec, weights: Path) -> nn.Module:
    needs_pooler = spec.pooling == "pooler"
    if spec.pooling not in ("cls", "mean", "pooler"):
        raise WeightsMismatch(
            f"{spec.id}: a transformers model has no pooling {spec.pooling!r}",
            hint="use cls, mean or pooler",
            encoder=spec.id,
        )
    try:
        model, report = AutoModel.from_pretrained(
            weights,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            output_loading_info=True,
        )
    except SafetensorError as exc:
        raise WeightsMismatch(
            f"{spec.id}: the checkpoint is cut or damaged", hint="install it again", encoder=spec.id
        ) from exc
    # The library fills what a checkpoint lacks with random numbers.
    needed = [name for name in report["missing_keys"] if needs_pooler or "pooler" not in name]
    if needed:
        raise WeightsMismatch(
            f"{spec.id}: the checkpoint lacks {len(needed)} tensors ({needed[0]} …)",
            hint="it belongs to another architecture, or needs another pooling",
            encoder=spec.id,
        )
    return Pooled(model, spec.pooling)

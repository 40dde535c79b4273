"""Tiny checkpoints of the transformers family, saved by transformers itself with its processors and
tokenizers, and the embedding that transformers itself makes of an image."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from radalike.encoders.catalogue import encoder_spec
from radalike.encoders.spec import EncoderSpec
from radalike.records import Pixels

SIZE = 32
WORDS = ("left", "right", "pleural", "effusion", "no", "of", "the", "chest", "normal", "lesion")
CONTEXT = 8

_TRANSFORMER = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}
_VISION = {**_TRANSFORMER, "image_size": SIZE, "patch_size": 8}
_TEXT = {
    **_TRANSFORMER,
    "vocab_size": 16,
    "max_position_embeddings": CONTEXT,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
_SQUARE = {"size": {"height": SIZE, "width": SIZE}}
_CROP = {
    "size": {"shortest_edge": SIZE + 5},
    "crop_size": {"height": SIZE, "width": SIZE},
}


@dataclass(frozen=True, slots=True)
class Member:
    """One architecture.

    model: class that a user would call. processor: class that prepares images, and its settings.
    direct: from that model and its inputs to the embedding. saved_by: class that saved the
    checkpoint, where it is another. text: whether it has a text tower.
    """

    model: str
    config: Any
    processor: str
    settings: Mapping[str, Any]
    direct: Callable[[Any, Tensor], Any]
    saved_by: str = ""
    text: bool = False

    def save(self, folder: Path) -> Path:
        """A checkpoint in `folder`, with fixed but random weights."""
        torch.manual_seed(0)
        model = getattr(transformers, self.saved_by or self.model)(self.config()).eval()
        with torch.no_grad():  # nothing is left at the value that all models begin with
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter), alpha=0.1)
            for name, buffer in model.named_buffers():
                if name.endswith("running_var"):
                    buffer.uniform_(0.5, 2)
                elif name.endswith("running_mean"):
                    buffer.normal_(std=0.1)
        model.save_pretrained(folder)
        getattr(transformers, self.processor)(**self.settings).save_pretrained(folder)
        if self.text:
            tokenizer().save_pretrained(folder)
        return folder

    def inputs(self, folder: Path, images: Sequence[Pixels], backend: str = "pil") -> Tensor:
        """What the library's own processor makes of `images`."""
        processor = transformers.AutoImageProcessor.from_pretrained(folder, backend=backend)
        colour = [each if each.ndim == 3 else np.dstack([each] * 3) for each in images]
        found: Tensor = processor(images=colour, return_tensors="pt")["pixel_values"]
        return found

    def features(self, folder: Path, images: Sequence[Pixels], backend: str = "pil") -> Tensor:
        """(n, d) features as the library makes them."""
        model = getattr(transformers, self.model).from_pretrained(folder).eval()
        with torch.inference_mode():
            rows = [self.direct(model, self.inputs(folder, [each], backend)) for each in images]
        return torch.cat(rows)


def tokenizer() -> PreTrainedTokenizerFast:
    """Of whole words, between <s> and </s>."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    vocabulary = {word: number for number, word in enumerate(("<pad>", "<s>", "</s>", "?", *WORDS))}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="?"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="</s>", bos_token="<s>", unk_token="?"
    )


def _cls(model: Any, inputs: Tensor) -> Any:
    return model(inputs).last_hidden_state[:, 0]


def _pooler(model: Any, inputs: Tensor) -> Any:
    return model(inputs).pooler_output.flatten(1)


def _spatial(model: Any, inputs: Tensor) -> Any:
    return model.get_image_embeddings(inputs).mean(dim=(2, 3))


def _features(model: Any, inputs: Tensor) -> Any:
    return model.get_image_features(inputs).pooler_output


def _convolutional() -> Any:
    return transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[16, 32], depths=[1, 1], num_labels=10
    )


def _sam_vision() -> Any:
    return transformers.SamVisionConfig(
        **_VISION, mlp_dim=64, output_channels=16, window_size=2, global_attn_indexes=[1]
    )


def _sam() -> Any:
    small = {"hidden_size": 16, "image_embedding_size": 4, "image_size": SIZE, "patch_size": 8}
    decoder = {
        "hidden_size": 16,
        "num_attention_heads": 2,
        "mlp_dim": 16,
        "iou_head_hidden_dim": 16,
    }
    return transformers.SamConfig(
        vision_config=_sam_vision(), prompt_encoder_config=small, mask_decoder_config=decoder
    )


def _clip() -> Any:
    return transformers.CLIPConfig(text_config=_TEXT, vision_config=_VISION, projection_dim=24)


MEMBERS: Mapping[str, Member] = {
    "vit": Member(
        "ViTModel",
        lambda: transformers.ViTConfig(**_VISION),
        "ViTImageProcessorPil",
        _SQUARE,
        _cls,
    ),
    "vit-classifier": Member(
        "ViTModel",
        lambda: transformers.ViTConfig(**_VISION),
        "ViTImageProcessorPil",
        _SQUARE,
        _cls,
        saved_by="ViTForImageClassification",
    ),
    "resnet": Member(
        "ResNetModel",
        _convolutional,
        "ConvNextImageProcessorPil",
        {"size": {"shortest_edge": SIZE}, "crop_pct": 0.8},
        _pooler,
        saved_by="ResNetForImageClassification",
    ),
    "sam": Member(
        "SamModel",
        _sam,
        "SamImageProcessorPil",
        {"size": {"longest_edge": SIZE}, "pad_size": {"height": SIZE, "width": SIZE}},
        _spatial,
    ),
    "sam-vision": Member(
        "SamVisionModel",
        _sam_vision,
        "SamImageProcessorPil",
        {"size": {"longest_edge": SIZE}, "pad_size": {"height": SIZE, "width": SIZE}},
        lambda model, inputs: model(inputs).last_hidden_state.mean(dim=(2, 3)),
    ),
    "dinov2": Member(
        "Dinov2Model",
        lambda: transformers.Dinov2Config(**{**_VISION, "image_size": 56}, mlp_ratio=2),
        "BitImageProcessorPil",
        _CROP,
        _cls,
    ),
    "dinov3": Member(
        "DINOv3ViTModel",
        lambda: transformers.DINOv3ViTConfig(**_VISION, num_register_tokens=2),
        "DINOv3ViTImageProcessor",
        _SQUARE,
        _cls,
    ),
    "swin": Member(
        "SwinModel",
        lambda: transformers.SwinConfig(
            image_size=SIZE,
            patch_size=4,
            embed_dim=8,
            depths=[1, 1],
            num_heads=[1, 2],
            window_size=4,
        ),
        "ViTImageProcessorPil",
        _SQUARE,
        _pooler,
    ),
    "clip": Member("CLIPModel", _clip, "CLIPImageProcessorPil", _CROP, _features, text=True),
    "clip-vision": Member(
        "CLIPVisionModelWithProjection",
        lambda: transformers.CLIPVisionConfig(**_VISION, projection_dim=24),
        "CLIPImageProcessorPil",
        _CROP,
        lambda model, inputs: model(inputs).image_embeds,
    ),
    "siglip": Member(
        "SiglipModel",
        lambda: transformers.SiglipConfig(text_config=_TEXT, vision_config=_VISION),
        "SiglipImageProcessorPil",
        _SQUARE,
        _features,
        text=True,
    ),
    "vit-mae": Member(
        "ViTMAEModel",
        lambda: transformers.ViTMAEConfig(
            **_VISION,
            decoder_hidden_size=16,
            decoder_num_attention_heads=2,
            decoder_num_hidden_layers=1,
            decoder_intermediate_size=16,
        ),
        "ViTImageProcessorPil",
        _SQUARE,
        lambda model, inputs: unmasked(model)(inputs).last_hidden_state[:, 0],
        saved_by="ViTMAEForPreTraining",
    ),
}


def unmasked(autoencoder: Any) -> Any:
    """The plain vision transformer that a masked autoencoder's encoder is."""
    config = transformers.ViTConfig(**_VISION, layer_norm_eps=autoencoder.config.layer_norm_eps)
    plain = transformers.ViTModel(config, add_pooling_layer=False)
    plain.load_state_dict(autoencoder.state_dict())
    return plain.eval()


def _by_path(member: Member) -> Callable[[Path], EncoderSpec]:
    return lambda folder: encoder_spec(str(member.save(folder)))


_SAME_MODEL = ("vit-classifier", "sam-vision", "clip-vision")  # saved in another way

CHECKPOINTS: Mapping[str, Callable[[Path], EncoderSpec]] = {
    name: _by_path(member) for name, member in MEMBERS.items() if name not in _SAME_MODEL
}
"""One of each architecture, described by its path, as a user of a local checkpoint does it."""

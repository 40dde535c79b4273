"""Encoder rows from checkpoint folders that transformers wrote."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub.errors import StrictDataclassError

from radalike.encoders.loaders.transformers.checkpoint import config_digest, read_config
from radalike.encoders.loaders.transformers.files import content_sha256, weight_files
from radalike.encoders.loaders.transformers.text import has_tokenizer
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.encoders.unlisted.transformers_processor import preprocessing_of_folder
from radalike.errors import WeightsMismatch


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a model type's embedding is taken. dimension: of it, from the model's configuration.
    fixed: takes images of the configuration's own size only."""

    pooling: str
    dimension: Callable[[Any], int]
    fixed: bool = False


def _hidden(config: Any) -> int:
    return int(config.hidden_size)


def _last_stage(config: Any) -> int:
    return int(config.hidden_sizes[-1])


def _projection(config: Any) -> int:
    return int(config.projection_dim)


def _vision_hidden(config: Any) -> int:
    return int(config.vision_config.hidden_size)


def _sam_channels(config: Any) -> int:
    return int(getattr(config, "vision_config", config).output_channels)


_KINDS: Mapping[str, _Kind] = {
    "vit": _Kind("cls", _hidden, fixed=True),
    "deit": _Kind("cls", _hidden, fixed=True),
    "vit_mae": _Kind("cls", _hidden, fixed=True),
    "vit_msn": _Kind("cls", _hidden, fixed=True),
    "ijepa": _Kind("mean", _hidden, fixed=True),
    "beit": _Kind("pooler", _hidden, fixed=True),
    "dinov2": _Kind("cls", _hidden),
    "dinov2_with_registers": _Kind("cls", _hidden),
    "dinov3_vit": _Kind("cls", _hidden),
    "dinov3_convnext": _Kind("pooler", _last_stage),
    "convnext": _Kind("pooler", _last_stage),
    "convnextv2": _Kind("pooler", _last_stage),
    "resnet": _Kind("pooler", _last_stage),
    "regnet": _Kind("pooler", _last_stage),
    "swin": _Kind("pooler", _hidden),
    "swinv2": _Kind("pooler", _hidden),
    "sam": _Kind("spatial", _sam_channels, fixed=True),
    "sam_vision_model": _Kind("spatial", _sam_channels, fixed=True),
    "clip": _Kind("projected", _projection, fixed=True),
    "clip_vision_model": _Kind("pooler", _hidden, fixed=True),
    "siglip": _Kind("projected", _vision_hidden, fixed=True),
    "siglip_vision_model": _Kind("pooler", _hidden, fixed=True),
}


def described_by_folder(folder: Path, *, name: str) -> EncoderSpec:
    """The encoder of a folder with a config.json of transformers, under the id `name`.

    Raises WeightsMismatch: a model type or a preprocessing that Radalike does not have, a
    checkpoint that asks for code of its own, files that are missing or damaged.
    """
    said = read_config(folder, name)
    kind = _kind(said, name)
    architecture = _architecture(said)
    pooling, dimension = kind.pooling, kind.dimension
    if architecture == "CLIPVisionModelWithProjection":
        pooling, dimension = "projected", _projection
    config = _configuration(folder, name)
    if not getattr(getattr(config, "vision_config", config), "vision_use_head", True):
        raise WeightsMismatch(
            f"{name}: it pools nothing (vision_use_head is false in its config.json)",
            hint="take the checkpoint with its head, which makes one vector of an image",
            encoder=name,
        )
    preprocessing = preprocessing_of_folder(folder, name)
    side = _image_size(config)
    if kind.fixed and side not in (None, preprocessing.size):
        raise WeightsMismatch(
            f"{name}: its preprocessing makes images of {preprocessing.size} pixels, and the model "
            f"takes {side} (image_size in its config.json)",
            hint="give it the preprocessor_config.json that belongs to it",
            encoder=name,
        )
    sha256 = content_sha256(folder, weight_files(folder, name))
    return EncoderSpec(
        id=name,
        family="transformers",
        architecture=architecture,
        weights=Weights(location=str(folder.resolve()), sha256=sha256, revision=""),
        dimension=dimension(config),
        preprocessing=preprocessing,
        pooling=pooling,
        licence=_licence(folder),
        source=f"a checkpoint of transformers ({said['model_type']})",
        has_text_tower=hasattr(config, "text_config") and has_tokenizer(folder),
        configuration=config_digest(said),
    )


def _kind(said: Mapping[str, Any], name: str) -> _Kind:
    model_type = str(said.get("model_type"))
    if model_type not in _KINDS:
        raise WeightsMismatch(
            f"{name}: Radalike does not know how to take an embedding from a {model_type} model",
            hint=f"known model types: {', '.join(_KINDS)}",
            encoder=name,
        )
    return _KINDS[model_type]


def _architecture(said: Mapping[str, Any]) -> str:
    from transformers.models.auto.modeling_auto import MODEL_MAPPING_NAMES

    if said.get("architectures") == ["CLIPVisionModelWithProjection"]:
        return "CLIPVisionModelWithProjection"
    return str(MODEL_MAPPING_NAMES[said["model_type"]])


def _configuration(folder: Path, name: str) -> Any:
    """With the defaults of the library where the file says nothing."""
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, TypeError, KeyError, StrictDataclassError) as exc:
        raise WeightsMismatch(
            f"{name}: its config.json is not understood ({exc!s:.200})",
            hint="it may have been written by another version of transformers",
            encoder=name,
        ) from exc


def _image_size(config: Any) -> int | None:
    size = getattr(getattr(config, "vision_config", config), "image_size", None)
    return size if isinstance(size, int) else None


def _licence(folder: Path) -> str:
    """As the front matter of the model card says."""
    try:
        card = (folder / "README.md").read_text(errors="replace")[:4000]
    except OSError:
        card = ""
    found = re.match(r"---\n(?:.*\n)*?license:[ ]*['\"]?([\w.-]+)", card)
    return found[1] if found else "not stated"

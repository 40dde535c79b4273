"""Checkpoint folders as open_clip writes them: open_clip_config.json beside the weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from radalike.encoders.file_hashes import sha256_of
from radalike.encoders.loaders.open_clip import CONFIGURATION, weight_file
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.errors import UsageError, WeightsMismatch
from radalike.imaging.preprocessing import Preprocessing

# open_clip's resize modes and ours. `longest` rounds and fills otherwise than any fit of ours.
_FITS = {"shortest": "crop", "squash": "squash"}

# open_clip takes `random` for training, and bicubic for all else.
_INTERPOLATIONS = {"bicubic": "bicubic", "bilinear": "bilinear", "random": "bicubic"}


def described_by_folder(folder: Path, *, name: str) -> EncoderSpec:
    """The encoder in `folder`, called `name`.

    Raises WeightsMissing, WeightsMismatch for a configuration that cannot be understood,
    UsageError for a preprocessing that cannot be done here.
    """
    try:
        content = (folder / CONFIGURATION).read_bytes()
        said = json.loads(content)
        model = said["model_cfg"]
        dimension = int(model["embed_dim"])
        preprocessing = open_clip_preprocessing(model, said.get("preprocess_cfg") or {}, name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise WeightsMismatch(
            f"{name}: its {CONFIGURATION} is not as open_clip writes it",
            hint="open_clip.push_to_hf_hub.save_for_hf writes a folder that can be read",
            encoder=name,
        ) from exc
    file = weight_file(folder, name)
    return EncoderSpec(
        id=name,
        family="open_clip",
        architecture=f"config:{hashlib.sha256(content).hexdigest()[:16]}",
        weights=Weights(str(folder), sha256_of(file), "", file.name),
        dimension=dimension,
        preprocessing=preprocessing,
        pooling="projected",
        licence="not stated",
        source=f"a checkpoint of open_clip, described by its {CONFIGURATION}",
        has_text_tower=True,
    )


def open_clip_preprocessing(
    model: Mapping[str, Any], said: Mapping[str, Any], name: str
) -> Preprocessing:
    """What open_clip.image_transform_v2 makes of a model's configuration, and of what its weights
    say (`preprocess_cfg`, or the entry of a tag).

    Raises UsageError where ours cannot be the same.
    """
    from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD

    asked = model["vision_cfg"].get("image_size", 224)
    height, width = asked if isinstance(asked, list | tuple) else (asked, asked)
    mode = said.get("resize_mode") or "shortest"
    interpolation = said.get("interpolation") or "bicubic"
    able = {
        "images that are not square": height == width,
        f"resize mode {mode}": mode in _FITS,
        f"interpolation {interpolation}": interpolation in _INTERPOLATIONS,
    }
    unable = [what for what, is_able in able.items() if not is_able]
    if unable:
        raise UsageError(
            f"{name} wants {unable[0]}, which Radalike cannot do as open_clip does",
            hint="choose another model, or write a row with a preprocessing that fits it",
            encoder=name,
        )
    return Preprocessing(
        size=int(height),
        mean=_three(said.get("mean") or OPENAI_DATASET_MEAN),
        std=_three(said.get("std") or OPENAI_DATASET_STD),
        interpolation=_INTERPOLATIONS[interpolation],  # type: ignore[arg-type]
        fit=_FITS[mode],  # type: ignore[arg-type]
    )


def _three(value: Any) -> tuple[float, float, float]:
    red, green, blue = value if isinstance(value, list | tuple) else (value,) * 3
    return float(red), float(green), float(blue)

"""Checkpoint folders as timm writes them: config.json beside the weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from radalike.encoders.file_hashes import sha256_of
from radalike.encoders.loaders.timm import architecture_with, features_of
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.errors import UnknownName, UsageError, WeightsMismatch, WeightsMissing
from radalike.imaging.preprocessing import Preprocessing

CONFIGURATION = "config.json"
_WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")

_NOT_UNDERSTOOD = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError),
    *(RuntimeError, AssertionError, IndexError),
)

# timm's crop modes and ours. Of `border` the fill is not black, which no fit of ours can do.
_FITS = {"center": "crop", "squash": "squash"}


def described_by_folder(folder: Path, *, name: str) -> EncoderSpec:
    """The encoder in `folder`, called `name`.

    Raises WeightsMissing, WeightsMismatch for a configuration that cannot be understood or a model
    that does not pool, UnknownName for a model that timm does not have, UsageError for a
    preprocessing that cannot be done here.
    """
    import timm

    try:
        said = json.loads((folder / CONFIGURATION).read_text(encoding="utf-8"))
        model = str(said["architecture"])
        config = said.get("pretrained_cfg") or said
        arguments = _of_the_model(dict(said.get("model_args") or {}))
        preprocessing = timm_preprocessing(config, name)
        if not timm.is_model(model):
            raise UnknownName("timm model", model, timm.list_models())
        if "global_pool" not in arguments and said.get("global_pool"):
            arguments["global_pool"] = said["global_pool"]
        architecture = architecture_with(model, _not_its_own(model, arguments))
        dimension, pooling = features_of(architecture, preprocessing.size)
    except _NOT_UNDERSTOOD as exc:
        raise WeightsMismatch(
            f"{name}: its {CONFIGURATION} is not as timm writes it ({exc!s:.100})",
            hint="timm.models.save_for_hf writes a folder that can be read",
            encoder=name,
        ) from exc
    file = _weight_file(folder, name)
    return EncoderSpec(
        id=name,
        family="timm",
        architecture=architecture,
        weights=Weights(str(folder), sha256_of(folder / file), "", file),
        dimension=dimension,
        preprocessing=preprocessing,
        pooling=pooling,
        licence=config.get("license") or "not stated",
        source=f"a checkpoint of timm's {model}",
    )


def timm_preprocessing(config: Mapping[str, Any], name: str) -> Preprocessing:
    """What timm.data.resolve_data_config and create_transform make of `config`.

    Raises UsageError where ours cannot be the same.
    """
    from timm.data import resolve_data_config

    said = resolve_data_config(pretrained_cfg=dict(config))
    channels, height, width = said["input_size"]
    fit = _FITS.get(said["crop_mode"])
    cut = said["crop_pct"] != 1
    expressible = {
        "images that are not square": height == width,
        "other than three channels": channels == 3 == len(said["mean"]),
        f"crop mode {said['crop_mode']}": fit is not None and not (fit == "squash" and cut),
        f"interpolation {said['interpolation']}": said["interpolation"]
        in ("bilinear", "bicubic", "lanczos"),
    }
    unable = [what for what, able in expressible.items() if not able]
    if unable:
        raise UsageError(
            f"{name} wants {unable[0]}, which Radalike cannot do as timm does",
            hint="choose another model, or write a row with a preprocessing that fits it",
            encoder=name,
        )
    return Preprocessing(
        size=height,
        mean=tuple(said["mean"]),
        std=tuple(said["std"]),
        interpolation=said["interpolation"],
        fit=fit,  # type: ignore[arg-type]
        crop_fraction=said["crop_pct"],
    )


def _weight_file(folder: Path, encoder: str) -> str:
    """The first of _WEIGHT_FILES that is in `folder`. Raises WeightsMissing."""
    for name in _WEIGHT_FILES:
        if (folder / name).is_file():
            return name
    raise WeightsMissing(
        f"{encoder}: the folder holds no weights",
        hint=f"put {_WEIGHT_FILES[0]} there",
        encoder=encoder,
    )


def _of_the_model(arguments: dict[str, Any]) -> dict[str, Any]:
    """Raises ValueError for one that is not the model's, but says where weights are."""
    for name in arguments:
        if name.startswith(("pretrained", "checkpoint", "cache")):
            raise ValueError(f"model_args with {name}")
    return arguments


def _not_its_own(model: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """`arguments` without the classifier's, and without those that timm gives the model itself."""
    import timm

    own = timm.get_pretrained_cfg(model, allow_unregistered=True)
    given = {key: value for key, value in arguments.items() if key != "num_classes"}
    if own is None:
        return given
    size = tuple(own.input_size[1:])
    if given.get("img_size") in (size[0], list(size), size):
        del given["img_size"]
    return given

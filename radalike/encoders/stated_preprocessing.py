"""The preprocessing that a checkpoint's own files state, beside the one of its row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from radalike.encoders.spec import Family
from radalike.imaging.preprocessing import Preprocessing

_PROCESSORS = ("preprocessor_config.json", "processor_config.json")


def stated_preprocessing(
    folder: Path, family: Family, encoder: str
) -> tuple[str, Preprocessing] | None:
    """The file's name, and the preprocessing that it states to models of `family`; None when there
    is no such file.

    Raises WeightsMismatch and UsageError for one that Preprocessing cannot say, or that is damaged.
    """
    if family == "open_clip":
        said = _read(folder / "open_clip_config.json")
        if "model_cfg" not in said:
            return None
        from radalike.encoders.unlisted.open_clip_folder import open_clip_preprocessing

        stated = said.get("preprocess_cfg") or {}
        return "open_clip_config.json", open_clip_preprocessing(said["model_cfg"], stated, encoder)
    if family == "timm":
        said = _read(folder / "config.json")
        if "pretrained_cfg" not in said:
            return None
        from radalike.encoders.unlisted.timm_folder import timm_preprocessing

        return "config.json", timm_preprocessing(said["pretrained_cfg"], encoder)
    found = next((name for name in _PROCESSORS if (folder / name).is_file()), None)
    if found is None:
        return None
    from radalike.encoders.unlisted.transformers_processor import preprocessing_of_folder

    return found, preprocessing_of_folder(folder, encoder)


def _read(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):  # a damaged one is found by its hash
        return {}
    return said if isinstance(said, dict) else {}

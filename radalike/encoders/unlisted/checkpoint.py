"""Checkpoint folders, as transformers, open_clip and timm write them."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radalike.encoders.states import is_lfs_pointer
from radalike.errors import WeightsMismatch, WeightsMissing

if TYPE_CHECKING:
    from collections.abc import Callable

    from radalike.encoders.spec import EncoderSpec


def described_by_path(folder: Path) -> EncoderSpec:
    """The encoder in `folder`, under the id `checkpoint:` and the folder's own name.

    Raises WeightsMissing when there is no such folder, and what `described_by_folder` raises.
    """
    if not folder.is_dir():
        raise WeightsMissing(
            f"there is no checkpoint folder {folder.name!r} there",
            hint="give the path of a folder; a repository of the hub is hf:OWNER/NAME",
        )
    from radalike.encoders.spec import OWN_CHECKPOINT

    whole = folder.resolve()
    return described_by_folder(whole, name=f"{OWN_CHECKPOINT}{whole.name}")


def described_by_folder(folder: Path, *, name: str) -> EncoderSpec:
    """The encoder in `folder`, under the id `name`; the SHA-256 of its weights is its pin.

    Raises WeightsMismatch when it is not understood, MissingExtra.
    """
    described: Callable[..., EncoderSpec] = import_module(
        f"radalike.encoders.unlisted.{_kind(folder, name)}_folder"
    ).described_by_folder
    return described(folder, name=name)


def _kind(folder: Path, name: str) -> str:
    if (folder / "open_clip_config.json").is_file():
        return "open_clip"
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text())
        if "model_type" in config:
            return "transformers"
        # Older versions of timm put the preprocessing beside the architecture.
        if "architecture" in config and config.keys() & {"pretrained_cfg", "input_size"}:
            return "timm"
    except (OSError, ValueError, AttributeError, TypeError) as exc:
        raise _not_understood(folder, name) from exc
    raise _not_understood(folder, name)


def _not_understood(folder: Path, name: str) -> WeightsMismatch:
    hint = (
        "it takes those that transformers (config.json with model_type), open_clip "
        "(open_clip_config.json) and timm (config.json with architecture and pretrained_cfg) "
        "write, with their weights"
    )
    if (folder / "adapter_config.json").is_file():
        hint = "it is an adapter of PEFT: merge it into its model, and save that"
    elif is_lfs_pointer(folder / "config.json"):
        hint = "its files are pointers of git-lfs: `git lfs pull` where it was cloned"
    return WeightsMismatch(
        f"{name}: the folder is no checkpoint that Radalike knows", hint=hint, encoder=name
    )

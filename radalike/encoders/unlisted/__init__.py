"""Rows for encoders that have none: made from what a library, or a checkpoint, says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.store import Store
from radalike.errors import MissingExtra

_PREFIXES: Mapping[str, str] = {"timm": "timm", "open_clip": "open_clip", "hf": "hub"}


def unlisted(name: str, store: Store | None) -> EncoderSpec | None:
    """The encoder that `timm:MODEL`, `open_clip:MODEL:TAG`, `hf:OWNER/NAME` or the path of a
    checkpoint folder means; None when `name` is none of these.

    A checkpoint folder's encoder is called `checkpoint:` and the folder's own name; the path, which
    may say what nobody else should know, stays out of ids and fingerprints, and has to be given
    again. Raises UnknownName (no such model, with the nearest), WeightsMissing (no such folder, or
    a repository that is not in `store` yet), WeightsMismatch (a checkpoint that cannot be
    understood), MissingExtra.
    """
    prefix, separator, rest = name.partition(":")
    try:
        if separator and prefix in _PREFIXES:
            module = import_module(f"{__name__}.{_PREFIXES[prefix]}")
            described: Callable[[str, Store | None], EncoderSpec] = module.described
            return described(rest, store)
        if "/" in name or Path(name).is_dir():
            from radalike.encoders.unlisted.checkpoint import described_by_path

            return described_by_path(Path(name))
    except ModuleNotFoundError as exc:
        raise MissingExtra(
            f"this encoder needs the Python package {exc.name}",
            hint=f"pip install {exc.name}",
        ) from exc
    return None

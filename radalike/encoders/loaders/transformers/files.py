"""Which files of a checkpoint folder are its weights, and the SHA-256 that pins them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from radalike.encoders.file_hashes import sha256_of
from radalike.encoders.file_names import stays_inside
from radalike.errors import WeightsMismatch

# In the order in which transformers looks for them.
_WHOLE_OR_INDEX = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)


def weight_files(folder: Path, name: str) -> tuple[str, ...]:
    """Names of the weight files in `folder`, the checkpoint of encoder `name`: one, or all shards.

    Raises WeightsMismatch when there is none, or a shard is missing.
    """
    first = next((each for each in _WHOLE_OR_INDEX if (folder / each).is_file()), None)
    if first is None:
        raise WeightsMismatch(
            f"{name}: the checkpoint has no weights",
            hint=f"it needs {_WHOLE_OR_INDEX[0]} or {_WHOLE_OR_INDEX[2]}, or an index of shards",
            encoder=name,
        )
    if not first.endswith(".index.json"):
        return (first,)
    try:
        listed = json.loads((folder / first).read_text())["weight_map"].values()
        shards = tuple(sorted(set(listed)))
        sound = all(stays_inside(shard) and (folder / shard).is_file() for shard in shards)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise _broken_index(name, first) from exc
    if not (shards and sound):
        raise _broken_index(name, first)
    return shards


def content_sha256(folder: Path, files: Sequence[str]) -> str:
    """The SHA-256 (hex) of one weight file; of several, that of their names and hashes, a line
    each, as `sha256sum` prints them."""
    hashes = {file: sha256_of(folder / file) for file in sorted(files)}
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    lines = "".join(f"{sha256}  {file}\n" for file, sha256 in hashes.items())
    return hashlib.sha256(lines.encode()).hexdigest()


def _broken_index(name: str, index: str) -> WeightsMismatch:
    return WeightsMismatch(
        f"{name}: {index} lists files that are not here",
        hint="copy the checkpoint again, with all its shards",
        encoder=name,
        file=index,
    )

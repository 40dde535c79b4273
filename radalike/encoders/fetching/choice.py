"""Which files of a repository an encoder needs: weights in one form, and what describes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import PurePosixPath

from radalike.encoders.spec import Weights
from radalike.errors import UnknownName, WeightsMissing

# The forms in which libraries write weights, the best first: those of open_clip, which are beside
# the same weights as transformers or timm names them; tensors alone before pickles.
_FORMS = (
    r"open_clip_model\.safetensors",
    r"open_clip_pytorch_model\.safetensors",
    r"open_clip_pytorch_model\.bin",
    r"model\.safetensors",
    r"model-\d{5}-of-\d{5}\.safetensors",
    r"pytorch_model\.bin",
    r"pytorch_model-\d{5}-of-\d{5}\.bin",
)
_SHARD = re.compile(r"(.+)-\d{5}-of-\d{5}(\.safetensors|\.bin)")
_INDEX = re.compile(r".+(\.safetensors|\.bin)\.index\.json")
_DESCRIBING = (
    *("*.json", "*.txt", "*.model", "*.jinja"),
    *("licen[cs]e*", "copying*", "notice*", "readme*", "model_card*"),
)
_CODE = (".py", ".pyc", ".ipynb", ".sh", ".so")
_DESCRIBING_MAX_BYTES = 64 << 20


def needed(sizes: dict[str, int], weights: Weights) -> tuple[str, ...]:
    """Of a repository's files (name → bytes), those to fetch; never a program.

    Raises UnknownName when `weights.file` is not among them, WeightsMissing when no file holds
    weights in a form that is known.
    """
    chosen = _weights(tuple(sizes), weights)
    return (*chosen, *describing(sizes, chosen))


def describing(sizes: dict[str, int], weights: Sequence[str] = ()) -> tuple[str, ...]:
    """Configuration, tokenizer, licence: small files beside `weights`, and at the top."""
    folders = {PurePosixPath(name).parent for name in weights} | {PurePosixPath()}
    indices = {_index_of(name) for name in weights}
    return tuple(
        name
        for name in sorted(sizes)
        if PurePosixPath(name).parent in folders
        and name not in weights
        and _describes(name, sizes[name])
        and (name in indices or not _INDEX.fullmatch(name))
    )


def _weights(names: Sequence[str], weights: Weights) -> tuple[str, ...]:
    if weights.file:
        if weights.file not in names:
            raise UnknownName("weight file", weights.file, _holding(names))
        return _with_shards(weights.file, names)
    for form in _FORMS:
        found = tuple(sorted(name for name in names if re.fullmatch(form, name)))
        if found:
            return found
    raise WeightsMissing(
        "the repository holds no weights in a form that is known",
        hint="known are model.safetensors and pytorch_model.bin, whole or in shards, and those of "
        f"open_clip; it has: {', '.join(_holding(names)[:8]) or 'no weights at all'}",
    )


def _with_shards(name: str, names: Sequence[str]) -> tuple[str, ...]:
    """`name`, and the other shards when it is an index or a shard."""
    shard = _SHARD.fullmatch(name)
    stem = shard[1] if shard else re.sub(r"(\.safetensors|\.bin)\.index\.json$", "", name)
    if not shard and not _INDEX.fullmatch(name):
        return (name,)
    others = (other for other in names if (found := _SHARD.fullmatch(other)) and found[1] == stem)
    return tuple(sorted({name, *others}))


def _index_of(name: str) -> str:
    shard = _SHARD.fullmatch(name)
    return f"{shard[1]}{shard[2]}.index.json" if shard else ""


def _describes(name: str, size: int) -> bool:
    lowered = PurePosixPath(name).name.lower()
    return (
        size <= _DESCRIBING_MAX_BYTES
        and not lowered.endswith(_CODE)
        and any(fnmatch(lowered, pattern) for pattern in _DESCRIBING)
    )


def _holding(names: Iterable[str]) -> list[str]:
    """The files that look like weights."""
    suffixes = (".safetensors", ".bin", ".pth", ".pt", ".npz", ".h5", ".msgpack", ".onnx", ".ckpt")
    return sorted(name for name in names if name.endswith(suffixes))

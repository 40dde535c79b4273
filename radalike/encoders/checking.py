"""Trying an encoder: are its files whole, does it load, and does it do what its row says?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from radalike.encoders.base import Encoder
from radalike.encoders.file_hashes import sha256_of
from radalike.encoders.spec import EncoderSpec
from radalike.encoders.stated_preprocessing import stated_preprocessing
from radalike.encoders.store import Manifest, Store
from radalike.encoders.torch_encoder import load_encoder
from radalike.encoders.weights import weights_path
from radalike.errors import RadalikeError, WeightsMissing
from radalike.imaging.preprocessing import Preprocessing
from radalike.records import Pixels, Vectors

_TEXTS = ("a chest radiograph", "left pleural effusion")
_ALONE_AND_IN_A_BATCH = 1e-4  # a batch adds up in another order
_SAME_NUMBER = 1e-4  # of means and deviations that were written with few digits
_FORWARD_ERRORS = (RuntimeError, ValueError, IndexError, TypeError)  # of a model, by any library
_OF_CROPS = ("crop_fraction", "centring")
_SIDES = ((300, 260), (64, 512), (224, 224))  # rows, columns of the pictures


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question and what came out. said: the fact, or what is wrong and the way out."""

    question: str
    well: bool
    said: str


def check_encoder(
    spec: EncoderSpec, store: Store, *, progress: Callable[[int, int], None] = lambda *_: None
) -> tuple[Outcome, ...]:
    """Ask everything of the encoder; after files that are damaged or a model that does not load,
    what needs them is left out. progress: bytes read of those to read. Raises WeightsMissing."""
    outcomes = list(_files(spec, store, progress))
    if not all(outcome.well for outcome in outcomes):
        return tuple(outcomes)
    outcomes += _preprocessing(spec, store)
    try:
        encoder = load_encoder(spec, device="cpu", precision="float32", store=store)
    except RadalikeError as exc:
        return (*outcomes, Outcome("the model loads", well=False, said=_words(exc)))
    outcomes.append(Outcome("the model loads", well=True, said=spec.architecture))
    try:
        outcomes += _vectors(encoder)
    except (RadalikeError, *_FORWARD_ERRORS) as exc:
        outcomes.append(Outcome("pictures become vectors", well=False, said=_words(exc)))
    if spec.has_text_tower:
        outcomes.append(_text(encoder))
    return tuple(outcomes)


def check_stored_files(
    encoder: str, store: Store, *, progress: Callable[[int, int], None] = lambda *_: None
) -> tuple[Outcome, ...]:
    """What can be asked of an encoder that cannot be described: are its stored files whole?"""
    manifest = store.manifest(encoder)
    return (_stored_files(manifest, store, progress),) if manifest is not None else ()


def _files(
    spec: EncoderSpec, store: Store, progress: Callable[[int, int], None]
) -> Iterator[Outcome]:
    question = "files are whole"
    try:
        manifest = store.manifest(spec.id)
        if manifest is not None:
            stored = _stored_files(manifest, store, progress)
            yield stored
            if not stored.well:
                return
        path = weights_path(spec, store)
    except WeightsMissing:
        raise
    except RadalikeError as exc:
        yield Outcome(question, well=False, said=_words(exc))
        return
    if manifest is None:
        pinned = spec.weights.sha256 is not None and path.is_file()
        yield Outcome(question, well=True, said="as pinned" if pinned else "present, none pinned")


def _stored_files(
    manifest: Manifest, store: Store, progress: Callable[[int, int], None]
) -> Outcome:
    """Every stored file is read, whatever is remembered of it."""
    folder, done, wrong = store.folder(manifest.id) / manifest.folder, 0, []
    for file in manifest.files:
        path = folder / file.name
        if not path.is_file():
            wrong.append(f"{file.name} is missing")
        elif sha256_of(path) != file.sha256:
            wrong.append(f"{file.name} is not what was fetched")
        done += file.size
        progress(done, manifest.size)
    listed = {file.name for file in manifest.files}
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    wrong += [f"{name} does not belong to it" for name in sorted(found - listed)]
    if wrong:
        said = f"{'; '.join(wrong[:5])}. Mend it: `radalike encoders fetch "
        said += f"{manifest.id}`, or install its bundle again"
        return Outcome("files are whole", well=False, said=said)
    count = len(manifest.files)
    files = f"{count} file{'' if count == 1 else 's'}"
    said = f"{files}, {manifest.size / 1e6:,.1f} MB, each of its SHA-256"
    return Outcome("files are whole", well=True, said=said)


def _vectors(encoder: Encoder) -> Iterator[Outcome]:
    pictures = [_picture(rows, columns) for rows, columns in _SIDES]
    together = encoder.encode(pictures)
    alone = np.concatenate([encoder.encode([picture]) for picture in pictures])
    yield _shape(together, len(pictures), encoder.spec.dimension)
    same = np.array_equal(together, encoder.encode(pictures))
    yield Outcome("the same twice", well=same, said="bit for bit" if same else "two encodings of "
                  "the same pictures differ")  # fmt: skip
    difference = float(np.abs(together - alone).max())
    within = difference <= _ALONE_AND_IN_A_BATCH
    yield Outcome("alone as in a batch", well=within, said=f"largest difference {difference:.1g}")
    different = float(np.min(1 - together @ together.T + np.eye(len(pictures))))
    yield Outcome(
        "other pictures, other vectors",
        well=different > 1e-6,
        said=f"cosine of the nearest two {1 - different:.4f}",
    )


def _text(encoder: Encoder) -> Outcome:
    question = "texts become vectors in the same space"
    try:
        outcome = _shape(encoder.encode_text(_TEXTS), len(_TEXTS), encoder.spec.dimension)
    except (RadalikeError, *_FORWARD_ERRORS) as exc:
        return Outcome(question, well=False, said=_words(exc))
    return Outcome(question, outcome.well, outcome.said)


def _shape(vectors: Vectors, rows: int, dimension: int) -> Outcome:
    norms = np.linalg.norm(vectors, axis=1)
    well = (
        vectors.shape == (rows, dimension)
        and bool(np.isfinite(vectors).all())
        and bool(np.allclose(norms, 1, atol=1e-5))
    )
    said = f"{vectors.shape[1]} dimensions, finite, of unit length"
    if not well:
        said = f"shape {vectors.shape} in place of {(rows, dimension)}, or not finite unit vectors"
    return Outcome("pictures become vectors", well, said)


def _preprocessing(spec: EncoderSpec, store: Store) -> Iterator[Outcome]:
    """Whether the row prepares pictures as the checkpoint's own files say."""
    try:
        found = stated_preprocessing(_folder(spec, store), spec.family, spec.id)
    except RadalikeError as exc:
        yield Outcome("preprocessing", well=True, said=f"cannot be compared: {exc}")
        return
    if found is None:
        return
    name, stated = found
    for field in fields(Preprocessing):
        ours, theirs = getattr(spec.preprocessing, field.name), getattr(stated, field.name)
        cropped = spec.preprocessing.fit == "crop" or stated.fit == "crop"
        if field.name in _OF_CROPS and not cropped:
            continue
        well = _same(ours, theirs)
        said = f"{_shown(ours)}, as in {name}"
        if not well:
            said = f"{_shown(ours)} here, {_shown(theirs)} in {name}"
        yield Outcome(f"preprocessing: {field.name.replace('_', ' ')}", well, said)


def _folder(spec: EncoderSpec, store: Store) -> Path:
    path = store.files(spec.id) or weights_path(spec, store)
    return path if path.is_dir() else path.parent


def _same(one: object, other: object) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(_same(each, theirs) for each, theirs in pairs)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, abs_tol=_SAME_NUMBER)
    return one == other


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(_shown(each) for each in value)
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _picture(rows: int, columns: int) -> Pixels:
    """Drawn with whole numbers, so it is the same on every machine."""
    row, column = np.mgrid[0:rows, 0:columns]
    disc = (row - rows // 2) ** 2 + (column - columns // 3) ** 2 < (min(rows, columns) // 3) ** 2
    drawn: Pixels = ((row * 3 + column * 5) % 97 + disc * 120).astype(np.uint8)
    return drawn


def _words(error: Exception) -> str:
    hint = error.hint if isinstance(error, RadalikeError) else ""
    return f"{error}: {hint}" if hint else str(error)

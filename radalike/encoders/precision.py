"""The choice of numeric precision: the fastest in which vectors agree with float32.

Every candidate that the processor has in hardware encodes the same probe images as float32 does;
one whose vectors fall below AGREEMENT on any of them is out. On the study's kind of images
bfloat16 fell to a cosine of 0.980 for the default encoder, while float16 kept 0.9999.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from radalike.errors import InvalidVector
from radalike.records import Pixels, Vectors

if TYPE_CHECKING:
    from radalike.encoders.base import Encoder

_PASSES = 3  # the wrong choice costs a long ingest more than a third pass does
_ENOUGH_SECONDS = 10.0  # of timing: what takes so long is told apart by fewer passes
_LARGE_INPUT, _FEW_PROBES = 512, 2  # pixels; a large model needs a minute for more probes
AGREEMENT = 0.999
"""Least cosine between a vector and its float32 counterpart."""


def candidates(device: str) -> tuple[str, ...]:
    """The reduced precisions that `device` computes in hardware."""
    import torch

    if device.startswith("cuda"):
        return ("float16", "bfloat16") if torch.cuda.is_bf16_supported() else ("float16",)
    if device == "mps":
        return ("float16",)
    flags = torch.cpu.get_capabilities()
    names = []
    if flags.get("avx512_fp16") or flags.get("amx_fp16") or flags.get("fp16"):
        names.append("float16")
    if flags.get("avx512_bf16") or flags.get("amx_bf16") or flags.get("bf16"):
        names.append("bfloat16")
    return tuple(names)


def probe_images(size: int, count: int = 8) -> list[Pixels]:
    """Prepared images that are hard on low precision: smooth shapes on black, edges, noise."""
    generator = np.random.default_rng(0)
    rows, columns = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    images = []
    for number in range(count):
        radii = 0.25 + 0.6 * generator.random(2)
        body = (columns / radii[0]) ** 2 + (rows / radii[1]) ** 2 < 1
        texture = 90 + 60 * np.sin((3 + number) * rows) * np.cos((2 + number) * columns)
        noise = generator.normal(0, 4 + 3 * number, (size, size))
        images.append(np.clip(body * (texture + noise), 0, 255).astype(np.uint8))
    return images


def agreement(vectors: Vectors, reference: Vectors) -> float:
    """The least cosine between rows of two arrays of unit vectors."""
    return float(np.einsum("ij,ij->i", vectors, reference).min())


def fastest_agreeing(build: Callable[[str], Encoder], names: Sequence[str], size: int) -> Encoder:
    """The fastest of `build("float32")` and `build(name)` that agrees with float32 on the probes.

    Candidates are timed in turn, and their best passes compared, so that a busy machine does not
    decide; a candidate that cannot run at all is passed over.
    """
    probes = probe_images(size) if size < _LARGE_INPUT else probe_images(size, _FEW_PROBES)
    exact = build("float32")
    reference = exact.encode_prepared(probes)
    agreeing = [exact]
    for name in names:
        candidate = build(name)
        try:
            vectors = candidate.encode_prepared(probes)
        except (RuntimeError, InvalidVector):  # no kernel for it, or it overflows
            continue
        if agreement(vectors, reference) >= AGREEMENT:
            agreeing.append(candidate)
    if len(agreeing) == 1:
        return exact
    passes: list[list[float]] = []
    while len(passes) < _PASSES and sum(map(sum, passes)) < _ENOUGH_SECONDS:
        passes.append([_seconds(each, probes) for each in agreeing])
    best = np.asarray(passes).min(axis=0)
    return agreeing[int(best.argmin())]


def _seconds(encoder: Encoder, probes: list[Pixels]) -> float:
    # As many as a long ingest gives it at once: alone, a batch is spread over all cores, which
    # favours another precision.
    images = [probes[0]] * (encoder.batch_size * encoder.chunks_at_once)
    start = time.perf_counter()
    encoder.encode_prepared(images)
    return time.perf_counter() - start

"""Encoders: images/s of the bare forward pass, in float32 and in the fast mode, and end to end.

The weights are random (speed does not depend on them), made in the family's own format and loaded
as a user's would be. Forward passes run on all cores, as an ingest runs them; the fast one is
measured before and after the ingest of files that it is compared with. A query is one image:
rendered pixels to unit vector, against the forward pass of the same input.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.ingest import drawn_files
from benchmarks.machine import cores
from ingest.pipeline import ingest
from ingest.sources.folder import FolderSource
from radalike.encoders.base import Encoder
from radalike.encoders.catalogue import ENCODERS
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.encoders.torch_encoder import load_encoder
from radalike.imaging.preparation import prepare
from radalike.imaging.raster import render_raster
from radalike.library import Library
from radalike.records import Pixels
from radalike.settings import load_settings

IMAGES: Mapping[str, int] = {
    "efficientnet-lite0": 1000,
    "resnet50": 600,
    "vit-b16-in21k": 600,
    "dinov2-vit-b14": 400,
    "clip-vit-l14-openai": 60,
}
"""Images of each: half a minute or so."""

_BARE_SECONDS = 8.0
_QUERIES = 15


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = drawn_files(folder / "files", max(IMAGES.values()))
        return {
            "cores": cores(),
            "encoders": {
                name: _measured(_row(name, folder), files[:count], folder / "libraries" / name)
                for name, count in IMAGES.items()
            },
        }


def _measured(spec: EncoderSpec, files: list[Path], folder: Path) -> dict[str, Any]:
    images = [prepare(render_raster(path.read_bytes()), spec.preprocessing) for path in files]
    exact = load_encoder(spec, device="cpu")
    float32 = _bare(exact, images)
    query = _query_over_forward(exact, render_raster(files[0].read_bytes()))
    del exact
    verdicts = load_settings().home / "precision.json"
    fast = load_encoder(spec, device="cpu", precision="auto", bulk=True, verdicts=verdicts)
    before = _bare(fast, images)
    whole = _end_to_end(spec, files, folder)
    bare = (before + _bare(fast, images)) / 2
    return {
        "precision": fast.precision,
        "batch_size": fast.batch_size,
        "images": len(files),
        "float32_per_second": round(float32, 2),
        "fast_per_second": round(bare, 2),
        "end_to_end_per_second": round(whole, 2),
        "fast_over_float32": round(bare / float32, 2),
        "end_to_end_over_fast": round(whole / bare, 3),
        "query_over_forward": round(query, 3),
    }


def _bare(encoder: Encoder, images: list[Pixels]) -> float:
    """Images a second of the forward pass alone, on inputs that are ready."""
    import torch

    def forward(inputs: torch.Tensor) -> None:
        with torch.inference_mode():
            encoder.embed(inputs)

    size = encoder.batch_size
    most = min(len(images), 8 * size * encoder.chunks_at_once)
    whole = images[: max(size, most - most % size)]
    inputs = [encoder.inputs(whole[start : start + size]) for start in range(0, len(whole), size)]
    encoder.map_chunks(forward, inputs[: encoder.chunks_at_once])
    passes, started = 0, time.perf_counter()
    while passes == 0 or time.perf_counter() - started < _BARE_SECONDS:
        encoder.map_chunks(forward, inputs)
        passes += 1
    return passes * len(whole) / (time.perf_counter() - started)


def _query_over_forward(encoder: Encoder, picture: Pixels) -> float:
    import torch

    inputs = encoder.inputs([prepare(picture, encoder.spec.preprocessing)])

    def forward() -> None:
        with torch.inference_mode():
            encoder.embed(inputs)

    def query() -> None:
        encoder.encode([picture])

    query()
    ratios: list[float] = []
    started = time.perf_counter()
    while not ratios or (len(ratios) < _QUERIES and time.perf_counter() - started < _BARE_SECONDS):
        ratios.append(_seconds(query) / _seconds(forward))
    return median(ratios)


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _end_to_end(spec: EncoderSpec, files: list[Path], folder: Path) -> float:
    source = folder / "files"
    source.mkdir(parents=True)
    for path in files:
        (source / path.name).hardlink_to(path)
    with Library.open(folder / "library", create=True, spec=spec) as library:
        started = time.perf_counter()
        report = ingest(library, [FolderSource(source, "benchmark")])
        seconds = time.perf_counter() - started
    assert report.added == report.discovered == len(files), report
    return len(files) / seconds


# -- random weights, in the family's own format ---------------------------------------------------


def _row(name: str, folder: Path) -> EncoderSpec:
    """The catalogue's encoder of that name, with random weights where it needs any fetched."""
    spec = ENCODERS[name]
    if spec.weights.location.startswith("package:"):
        return spec
    checkpoint = folder / "checkpoints" / name
    checkpoint.mkdir(parents=True)
    location = {"transformers": _transformers, "open_clip": _open_clip}[spec.family](
        spec, checkpoint
    )
    weights = Weights(str(location), None, f"random, of {spec.architecture}")
    return replace(spec, weights=weights, has_text_tower=False)


def _transformers(spec: EncoderSpec, folder: Path) -> Path:
    import torch
    import transformers

    kind = getattr(transformers, spec.architecture)
    model = kind(kind.config_class())  # the default configurations are the base models
    for name, parameter in model.named_parameters():  # some begin with zeros, which give no vector
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.03)
        elif name.endswith("weight"):
            torch.nn.init.ones_(parameter)
    model.save_pretrained(folder)
    return folder


def _open_clip(spec: EncoderSpec, folder: Path) -> Path:
    import open_clip
    import torch

    path = folder / "open_clip_model.pt"
    torch.save(open_clip.create_model(spec.architecture).state_dict(), path)
    return path


def as_table(result: dict[str, Any]) -> str:
    """The result in Markdown."""
    names = (
        ("float32_per_second", "float32, images/s"),
        ("fast_per_second", "fast, images/s"),
        ("precision", "fast is"),
        ("end_to_end_per_second", "end to end, images/s"),
        ("end_to_end_over_fast", "end to end ÷ fast"),
        ("query_over_forward", "query ÷ forward"),
    )
    lines = [
        "| encoder | " + " | ".join(title for _, title in names) + " |",
        "|---" * (len(names) + 1) + "|",
    ]
    for encoder, row in result["encoders"].items():
        lines.append(f"| {encoder} | " + " | ".join(str(row[name]) for name, _ in names) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))

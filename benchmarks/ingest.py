"""Ingest: images/s end to end, against the machine's own bound and against the field's plain loop.

Bound: cores / (CPU-seconds an image to decode and render + CPU-seconds an image for the forward
pass at the encoder's best settings), each measured alone in this run. It comes first, so that the
ingest finds the best precision on record, as every ingest of a machine but the first does.
Peer: what research code does (`benchmarks.plain_loop`), in a process of its own.
At 2,000 files, what happens once (starting processes, loading the model, the index's last step) is
a tenth of the whole; 20,000 are nearer to the ingest of an export. On ext4 without a journal, files
made within five minutes of deleting many others take ten times as long: let such a disk rest first.
Flatness: peak memory and CPU-seconds an image of one process at 2,000 and at 20,000 images.

Files are JPEG and PNG of about 256 px; `RADALIKE_BENCH_IMAGES` names a folder of others.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice, pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.machine import cores
from ingest.pipeline import ingest
from ingest.sources.folder import FolderSource
from radalike.encoders.catalogue import EFFICIENTNET_LITE0
from radalike.encoders.torch_encoder import load_encoder
from radalike.imaging.preparation import prepare
from radalike.imaging.raster import render_raster
from radalike.library import Library
from radalike.records import Pixels
from radalike.settings import load_settings

IMAGES, MANY, PEER_IMAGES, RUNS = 2_000, 20_000, 300, 5


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        few = drawn_files(folder / "few", IMAGES)
        ours, peers = [], []
        # Before and after each ingest: the machine's speed drifts by as much as is measured.
        bounds = [bound(few, render_raster)]
        for number in range(RUNS):
            ours.append(end_to_end(folder / "few", folder / f"library-{number}"))
            bounds.append(bound(few, render_raster))
            peers.append(_plain_loop(folder / "few", folder / "peer.h5"))
        many = drawn_files(folder / "many", MANY)
        small = _one_process(folder / "few", folder / "small")
        around = [bound(few, render_raster)]
        large = _one_process(many[0].parent, folder / "large")
        around.append(bound(few, render_raster))
    over_bound = over_bounds(ours, bounds)
    over_peer = [a / b for a, b in zip(ours, peers, strict=True)]
    return {
        "cores": cores(),
        "images": IMAGES,
        "precision": bounds[0]["precision"],
        "over_bound": round(median(over_bound), 3),
        "over_bound_at_20000": round(over_bounds([large["images_per_second"]], around)[0], 3),
        "over_plain_loop": round(median(over_peer), 2),
        "cpu_ms_decode_and_render": round(median(b["decode_ms"] for b in bounds), 3),
        "cpu_ms_forward": round(median(b["forward_ms"] for b in bounds), 3),
        "peak_memory_mb": {"2000": small["peak_mb"], "20000": large["peak_mb"]},
        "peak_memory_ratio": round(large["peak_mb"] / small["peak_mb"], 3),
        "cpu_ms_an_image": {"2000": small["cpu_ms"], "20000": large["cpu_ms"]},
        "cpu_an_image_ratio": round(large["cpu_ms"] / small["cpu_ms"], 3),
    }


def over_bounds(rates: list[float], bounds: list[dict[str, Any]]) -> list[float]:
    """Each rate over the mean of the bound before it and the bound after it."""
    speeds = [each["images_per_second"] for each in bounds]
    around = [(one + two) / 2 for one, two in pairwise(speeds)]
    return [rate / bound for rate, bound in zip(rates, around, strict=True)]


def drawn_files(folder: Path, count: int) -> list[Path]:
    """`count` different JPEG and PNG files of about 256 px."""
    folder.mkdir()
    given = os.environ.get("RADALIKE_BENCH_IMAGES")
    pictures = _real(Path(given)) if given else _drawn()
    generator = np.random.default_rng(0)
    paths = []
    for number, picture in enumerate(islice(cycle(pictures), count)):
        shifted = np.roll(picture, int(generator.integers(0, 16)), axis=number % 2)
        noise = generator.integers(0, 4, picture.shape, dtype=np.uint8)
        pixels = np.where(shifted < 250, shifted + noise, shifted).astype(np.uint8)
        suffix = "png" if number % 10 == 0 else "jpg"
        paths.append(folder / f"{number:06}.{suffix}")
        Image.fromarray(pixels).save(paths[-1])
    return paths


def _real(folder: Path) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".jpg", ".png"))
    return [np.asarray(Image.open(path).convert("L")) for path in files]


def _drawn() -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    from ingest.phantoms import write_sample
    from radalike.library.search.queries import render_file

    with tempfile.TemporaryDirectory() as temporary:
        sample = Path(temporary) / "sample"
        write_sample(sample, 60, 0)
        files = sorted(path for path in sample.rglob("IM*") if path.is_file())
        pictures = [render_file(path) for path in files]
    return [np.asarray(Image.fromarray(each).convert("L").resize((256, 256))) for each in pictures]


def bound(files: list[Path], render: Callable[[bytes], Pixels]) -> dict[str, Any]:
    """The machine's own limit on `files`, of which 400 are measured."""
    preprocessing = EFFICIENTNET_LITE0.preprocessing
    blobs = [path.read_bytes() for path in files[:400]]
    started = time.process_time()
    prepared = [prepare(render(blob), preprocessing) for blob in blobs]
    decode = (time.process_time() - started) / len(blobs)
    verdicts = load_settings().home / "precision.json"
    encoder = load_encoder(EFFICIENTNET_LITE0, precision="auto", verdicts=verdicts)
    inputs = [
        encoder.inputs(prepared[start : start + encoder.batch_size])
        for start in range(0, len(prepared) - encoder.batch_size + 1, encoder.batch_size)
    ]
    forward = _forward_seconds(encoder, inputs)
    return {
        "images_per_second": cores() / (decode + forward),
        "decode_ms": decode * 1000,
        "forward_ms": forward * 1000,
        "precision": encoder.precision,
    }


def _forward_seconds(encoder: Any, inputs: list[Any]) -> float:
    """CPU-seconds an image of the forward pass alone."""
    import torch

    with torch.inference_mode():
        encoder.map_chunks(_embedded(encoder), inputs)
        started = time.process_time()
        encoder.map_chunks(_embedded(encoder), inputs)
        return (time.process_time() - started) / sum(len(batch) for batch in inputs)


def _embedded(encoder: Any) -> Any:
    import torch

    def embed(inputs: Any) -> None:
        with torch.inference_mode():
            encoder.embed(inputs)

    return embed


def end_to_end(folder: Path, library_folder: Path) -> float:
    """Images a second of an ingest of `folder` into a new library."""
    with Library.open(library_folder, create=True) as library:
        started = time.perf_counter()
        report = ingest(library, [FolderSource(folder, "benchmark")])
        seconds = time.perf_counter() - started
    assert report.added == report.discovered
    return report.images / seconds


def _plain_loop(folder: Path, store: Path) -> float:
    """In a process of its own, as it is run: ours leaves this one a faster way to get memory."""
    command = [sys.executable, "-m", "benchmarks.plain_loop", str(folder), str(PEER_IMAGES)]
    answer = subprocess.run(
        [*command, str(store)], check=True, capture_output=True, text=True
    ).stdout
    return float(answer)


_CHILD = """
import json, resource, sys, time
from benchmarks.machine import peak_megabytes
from ingest.pipeline import ingest
from ingest.sources.folder import FolderSource
from radalike.library import Library
from radalike.records import Pixels
from pathlib import Path
def cpu():
    both = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    return sum(sum(resource.getrusage(who)[:2]) for who in both)
with Library.open(sys.argv[2], create=True) as library:
    library.load_encoder()
    before = cpu()
    report = ingest(library, [FolderSource(Path(sys.argv[1]), "benchmark")])
    print(json.dumps({
        "images_per_second": round(report.images / report.seconds, 2),
        "cpu_ms": round((cpu() - before) / report.images * 1000, 3),
        "peak_mb": peak_megabytes(),
    }))
"""


def _one_process(folder: Path, library_folder: Path) -> dict[str, float]:
    """Peak memory (MB) of the ingest's process, and CPU-ms an image of it and its children."""
    command = [sys.executable, "-c", _CHILD, str(folder), str(library_folder)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    figures: dict[str, float] = json.loads(answer)
    return figures


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))

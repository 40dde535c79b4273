"""Radiographs: large uncompressed DICOM, from file to encoder's input and from folder to library.

File to input: against pydicom and Pillow used as their documentation shows it (`pixel_array`, LUTs,
8 bits, `resize`), one after the other on the same bytes, for a CT slice, a radiograph and a
mammogram. Folder to library: against the machine's bound, as the ingest benchmark defines it; there
the bytes are in memory already, while an ingest reads each file and hashes its pixels.
"""

from __future__ import annotations

import io
import json
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from PIL import Image
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pydicom.uid import ExplicitVRLittleEndian

from benchmarks.ingest import bound, end_to_end, over_bounds
from benchmarks.machine import cores
from ingest.phantoms.dicom import derived_uid, instance_of
from radalike.allocator import keep_freed_memory
from radalike.encoders.catalogue import EFFICIENTNET_LITE0
from radalike.imaging.dicom.image import read_dicom, render_frame
from radalike.imaging.preparation import prepare
from radalike.records import Pixels

SHAPES: Mapping[str, tuple[int, int]] = {
    "ct": (512, 512),
    "radiograph": (3000, 2500),
    "mammogram": (4096, 3328),
}
"""Rows and columns of each kind; a folder holds IMAGES of INGESTED."""

IMAGES, INGESTED, RUNS, PAIRS = 400, (2140, 1760), 3, 15


def run() -> dict[str, Any]:
    keep_freed_memory(threads=1)  # as a decoding process does
    over_libraries = {kind: _over_libraries(_file(shape, 0)) for kind, shape in SHAPES.items()}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = [folder / "files" / f"IM{number:04}" for number in range(IMAGES)]
        (folder / "files").mkdir()
        for number, path in enumerate(files):
            path.write_bytes(_file(INGESTED, number))
        rates, bounds = [], [bound(files[:100], _render)]
        for number in range(RUNS):
            rates.append(end_to_end(folder / "files", folder / f"library-{number}"))
            bounds.append(bound(files[:100], _render))
    return {
        "cores": cores(),
        "file_to_input_over_pydicom_and_pillow": over_libraries,
        "images": IMAGES,
        "over_bound": round(median(over_bounds(rates, bounds)), 3),
        "cpu_ms_decode_and_render": round(median(limit["decode_ms"] for limit in bounds), 3),
        "cpu_ms_forward": round(median(limit["forward_ms"] for limit in bounds), 3),
    }


def _over_libraries(data: bytes) -> float:
    """How many times as long pydicom and Pillow take: the median of pairs."""
    ours, theirs = _ours(data), _with_libraries(data)
    assert ours.shape == theirs.shape
    assert np.abs(ours.astype(int) - theirs).max() <= 1
    pairs = [
        (_seconds(lambda: _with_libraries(data)), _seconds(lambda: _ours(data)))
        for _ in range(PAIRS)
    ]
    return round(median(their / our for their, our in pairs), 2)


def _ours(data: bytes) -> Pixels:
    return prepare(_render(data), EFFICIENTNET_LITE0.preprocessing)


def _with_libraries(data: bytes) -> npt.NDArray[Any]:
    dataset = pydicom.dcmread(io.BytesIO(data))
    values = apply_voi_lut(apply_modality_lut(dataset.pixel_array, dataset), dataset)
    levels = np.rint(values * (255 / (2**dataset.BitsStored - 1))).astype(np.uint8)
    size = EFFICIENTNET_LITE0.preprocessing.size
    return np.asarray(Image.fromarray(levels).resize((size, size), Image.Resampling.BICUBIC))


def _render(data: bytes) -> Pixels:
    image = read_dicom(data)
    assert image is not None
    return render_frame(image, 0).pixels


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _file(shape: tuple[int, int], number: int) -> bytes:
    """Smooth shapes and noise in twelve bits, uncompressed; each number another image."""
    generator = np.random.default_rng(number)
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    waves = np.sin(rows / 97 + number) * np.cos(columns / 61 - number)
    noise = generator.integers(-40, 40, shape, dtype=np.int16)
    stored = np.clip(2000 + 1500 * waves + noise, 0, 4095).astype(np.uint16)
    instance = instance_of(
        {
            "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.1",
            "SOPInstanceUID": derived_uid("radiographs", number),
            "Modality": "DX",
            "BodyPartExamined": "CHEST",
            "PatientID": "benchmark",
            "WindowCenter": 2048,
            "WindowWidth": 4096,
        },
        stored,
        ExplicitVRLittleEndian,
    )
    buffer = io.BytesIO()
    instance.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))

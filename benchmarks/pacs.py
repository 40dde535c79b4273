"""PACS exports: DICOM end to end against the machine's bound, and a second pass over what is known.

End to end: 16-bit CT of 512 x 512, uncompressed and JPEG 2000 in turn, as `radalike sample` writes
them; the bound is that of the ingest benchmark, with DICOM's own decoding and rendering in it.
Second pass: an export of which every file is known by path, size and time of change. Its files are
tiny CT slices that look alike (one content, each its own instance), so that the first pass is over
in minutes; it also gives the peak memory at 2,000 and at 100,000 files.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.ingest import bound, end_to_end, over_bounds
from benchmarks.machine import cores
from ingest.phantoms import write_sample
from ingest.phantoms.dicom import derived_uid, instance_of
from radalike.imaging.dicom.image import read_dicom, render_frame
from radalike.records import Pixels

IMAGES, RUNS = 1_600, 3
FEW, MANY = 2_000, 100_000
_A_FOLDER = 1_000


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_sample(folder / "ct", IMAGES, 0, matrix=512, modality="CT")
        files = sorted(path for path in folder.glob("ct/DICOM/**/IM*"))
        rates, bounds = [], [bound(files, _render)]
        for number in range(RUNS):
            rates.append(end_to_end(folder / "ct" / "DICOM", folder / f"library-{number}"))
            bounds.append(bound(files, _render))
        _tiny_instances(folder / "few", FEW)
        _tiny_instances(folder / "many", MANY)
        few = _two_passes(folder / "few", folder / "few-library")
        many = _two_passes(folder / "many", folder / "many-library")
    return {
        "cores": cores(),
        "images": IMAGES,
        "over_bound": round(median(over_bounds(rates, bounds)), 3),
        "cpu_ms_decode_and_render": round(median(limit["decode_ms"] for limit in bounds), 3),
        "cpu_ms_forward": round(median(limit["forward_ms"] for limit in bounds), 3),
        "known_files": MANY,
        "known_files_per_second": many["known_per_second"],
        "peak_memory_mb": {str(FEW): few["peak_mb"], str(MANY): many["peak_mb"]},
        "peak_memory_ratio": round(many["peak_mb"] / few["peak_mb"], 3),
    }


def _render(data: bytes) -> Pixels:
    image = read_dicom(data)
    assert image is not None
    return render_frame(image, 0).pixels


def _tiny_instances(folder: Path, count: int) -> None:
    """`count` CT instances of 8 x 8 equal pixels, a thousand a folder."""
    stored = np.arange(64, dtype=np.int16).reshape(8, 8)
    marked = derived_uid("benchmark", 0)
    instance = instance_of(
        {
            "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
            "SOPInstanceUID": marked,
            "Modality": "CT",
            "BodyPartExamined": "CHEST",
            "PatientID": "benchmark",
            "WindowCenter": 32,
            "WindowWidth": 64,
            "RescaleSlope": 1,
            "RescaleIntercept": 0,
        },
        stored,
        "1.2.840.10008.1.2.1",  # type: ignore[arg-type]
    )
    with tempfile.NamedTemporaryFile() as file:
        instance.save_as(file.name, enforce_file_format=True)
        template = Path(file.name).read_bytes()
    for number in range(count):
        path = folder / f"{number // _A_FOLDER:04}" / f"IM{number:06}"
        path.parent.mkdir(parents=True, exist_ok=True)
        own = f"{str(marked)[:-8]}{number:08}"
        path.write_bytes(template.replace(str(marked).encode(), own.encode()))


_CHILD = """
import json, sys
from pathlib import Path
from benchmarks.machine import peak_megabytes
from ingest.pipeline import ingest
from ingest.sources.folder import FolderSource
from radalike.library import Library
from radalike.settings import load_settings
settings = load_settings(library=sys.argv[2], backend="exact")
with Library.open(sys.argv[2], create=True, settings=settings) as library:
    first = ingest(library, [FolderSource(Path(sys.argv[1]), "benchmark")])
    assert first.added == first.discovered, first
    second = ingest(library, [FolderSource(Path(sys.argv[1]), "benchmark")])
    assert second.known == first.added, second
    print(json.dumps({
        "known_per_second": round(second.known / second.seconds),
        "peak_mb": peak_megabytes(),
    }))
"""


def _two_passes(folder: Path, library_folder: Path) -> dict[str, float]:
    command = [sys.executable, "-c", _CHILD, str(folder), str(library_folder)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    figures: dict[str, float] = json.loads(answer)
    return figures


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))

"""Small sets of embeddings as the study has published them: an HDF5 file and a manifest."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ingest.embedding_files.import_report import ImportReport
from ingest.embedding_files.import_request import ImportRequest
from ingest.embedding_files.importing import import_embeddings
from radalike.records import Vectors
from radalike.settings import Settings, load_settings

LABELS = ("CT/chest/nodule", "CT/chest/normal", "US/thyroid/normal")
SPLITS = ("train", "test", "val")
DIMENSION = 8

Table = list[dict[str, str]]


def vector(seed: int, dimension: int = DIMENSION) -> Vectors:
    """Of unit length; near to others of the same label (`seed` modulo their number)."""
    noise = np.random.default_rng(seed).normal(size=dimension) * 0.1
    noise[seed % len(LABELS)] += 1.0
    unit: Vectors = (noise / np.linalg.norm(noise)).astype(np.float32)
    return unit


def table(count: int, *, dataset: str = "radimagenet", first: int = 0) -> Table:
    """Rows of a manifest, two images a patient."""
    rows = []
    for seed in range(first, first + count):
        label = LABELS[seed % len(LABELS)]
        modality, region, _ = label.split("/")
        rows.append(
            {
                "filepath": f"{label}/{seed:05}.png",
                "dataset": dataset,
                "split": SPLITS[seed // 2 % 3],
                "modality": modality,
                "anatomic_region": region,
                "patient": f"P{seed // 2}",
                **{each: str(int(each == label)) for each in LABELS},
            }
        )
    return rows


def vectors_of(rows: Table) -> dict[str, Vectors]:
    return {row["filepath"]: vector(int(Path(row["filepath"]).stem)) for row in rows}


def write_vectors(path: Path, vectors: Mapping[str, Any]) -> Path:
    with h5py.File(path, "w") as file:
        for key, value in vectors.items():
            file.create_dataset(key, data=value)
    return path


def write_table(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def publish(folder: Path, count: int = 12, name: str = "a", **named: Any) -> tuple[Path, Path]:
    """The two files of `count` images."""
    folder.mkdir(exist_ok=True, parents=True)
    rows = table(count, **named)
    vectors = write_vectors(folder / f"{name}.h5", vectors_of(rows))
    return vectors, write_table(folder / f"{name}.csv", rows)


def settings_of(library: Path, **named: Any) -> Settings:
    """The exact backend starts no process."""
    return load_settings(**{"library": library, "backend": "exact", **named})


def bring_in(
    library: Path, vectors: Path | Sequence[Path], manifest: Path | Sequence[Path], **named: Any
) -> ImportReport:
    files = [vectors] if isinstance(vectors, Path) else vectors
    manifests = [manifest] if isinstance(manifest, Path) else manifest
    options: dict[str, Any] = {"name": "biomedclip", **named}
    settings = settings_of(library, part_rows=options.pop("part_rows", 4096))
    stop, progress = options.pop("stop", None), options.pop("progress", lambda *_: None)
    request = ImportRequest(files=tuple(files), manifests=tuple(manifests), **options)
    return import_embeddings(settings, request, stop=stop, progress=progress)


def adds_up(report: ImportReport) -> bool:
    settled = report.added + report.joined + report.known + report.left_out + report.left
    problems = sum(report.problems.values())
    return report.rows == settled and problems == report.left_out + report.vectors_apart

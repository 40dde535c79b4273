"""What an erasure is going to remove, written down before it begins.

Once the catalog has forgotten a patient, nothing else knows which vectors and files were theirs;
so an erasure that is killed is finished from its plan, and proves itself by it. The plan is the
last thing that an erasure removes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree

import numpy as np

from radalike.library.layout import Layout
from radalike.records import Vectors
from radalike.storage import replace_text, replacing, storage_errors, sync_folder

_FOLDER, _PLAN, _VECTORS = "erasing", "plan.json", "vectors.npz"
_SETS = ("patients", "groups", "keys", "parts", "points", "thumbnails", "rejects", "spool")


@dataclass(frozen=True, slots=True)
class Plan:
    """The traces of some patients in a library. Everything is a set, so that the plan of an
    erasure that was killed and one made anew add up to their union.

    images: content hash by id. vectors: (dimension,) by (fingerprint, id of the image, or of its
    tile). groups: pseudonyms of studies and series that nobody else has. keys: of items, rejects
    and judged pictures. parts: names of the parts that held a vector. points: ids that an index
    held. thumbnails: content hashes. spool: paths relative to the library.
    """

    patients: frozenset[str] = frozenset()
    images: Mapping[str, str] = field(default_factory=dict)
    vectors: Mapping[tuple[str, str], Vectors] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    points: frozenset[str] = frozenset()
    thumbnails: frozenset[str] = frozenset()
    rejects: frozenset[str] = frozenset()
    spool: frozenset[str] = frozenset()

    def __or__(self, other: Plan) -> Plan:
        sets = {name: getattr(self, name) | getattr(other, name) for name in _SETS}
        return Plan(
            images={**self.images, **other.images},
            vectors={**self.vectors, **other.vectors},
            **sets,
        )


def points_of_plan(plan: Plan) -> list[str]:
    """The ids of all points that an index can have of it: images, and their tiles."""
    return sorted({*plan.images, *(point for _, point in plan.vectors)})


def folder_of(layout: Layout) -> Path:
    return layout.root / _FOLDER


def write_plan(layout: Layout, plan: Plan) -> None:
    """Durable when this returns. Raises StorageFull."""
    folder = folder_of(layout)
    by_fingerprint: dict[str, list[str]] = {}
    for fingerprint, image in plan.vectors:
        by_fingerprint.setdefault(fingerprint, []).append(image)
    matrices = {
        fingerprint: np.stack([plan.vectors[fingerprint, image] for image in ids])
        for fingerprint, ids in by_fingerprint.items()
    }
    described = {name: sorted(getattr(plan, name)) for name in _SETS}
    text = json.dumps({"images": dict(plan.images), "vectors": by_fingerprint, **described})
    with storage_errors():
        folder.mkdir(mode=0o700, exist_ok=True)
        with replacing(folder / _VECTORS) as file:
            np.savez(file, **matrices)  # type: ignore[arg-type]
        replace_text(folder / _PLAN, text, synced=True)


def read_plan(layout: Layout) -> Plan | None:
    """The plan of an erasure that has not been finished, None when there is none."""
    folder = folder_of(layout)
    if not (folder / _PLAN).exists():
        return None
    described = json.loads((folder / _PLAN).read_text())
    with np.load(folder / _VECTORS) as matrices:
        vectors = {
            (fingerprint, image): vector
            for fingerprint, ids in described["vectors"].items()
            for image, vector in zip(ids, matrices[fingerprint], strict=False)
        }
    return Plan(
        images=described["images"],
        vectors=vectors,
        **{name: frozenset(described[name]) for name in _SETS},
    )


def remove_plan(layout: Layout) -> None:
    folder = folder_of(layout)
    (folder / _PLAN).unlink(missing_ok=True)
    rmtree(folder, ignore_errors=True)
    sync_folder(layout.root)

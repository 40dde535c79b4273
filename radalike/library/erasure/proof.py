"""The proof of an erasure: all that is left is searched for what was erased.

Every file byte by byte, in each form that a format of ours writes it in; and, since the index and
Parquet compress, their contents once more through their own readers, as are the catalog's tables.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree, rmtree
from typing import TYPE_CHECKING

import numpy as np

from radalike.catalog import erasing
from radalike.catalog.chunks import chunks
from radalike.embeddings.parts import read_part
from radalike.errors import IndexBusy
from radalike.filters import any_of, has_id
from radalike.index import generations
from radalike.index.backend import Index, IndexSpec
from radalike.library.erasure.indexes import reached_servers
from radalike.library.erasure.plan import Plan, folder_of, points_of_plan
from radalike.library.erasure.scan import Needles, Progress, Scan, scan
from radalike.records import Vectors

if TYPE_CHECKING:
    from radalike.library.library import Library

_HASH = re.compile("[0-9a-f]{32,64}")


def prove(library: Library, plan: Plan, progress: Progress) -> Scan:
    """How many files were searched, and how many traces of `plan` were found."""
    shared, in_parts = _parts(library, plan)
    raw = scan(
        library.layout.root,
        Needles(_needles(plan, shared)),
        skipped=folder_of(library.layout),
        progress=progress,
    )
    in_catalog = erasing.remaining(library.catalog.engine, plan.patients, plan.images, plan.keys)
    files = [library.layout.thumbnail(content) for content in plan.thumbnails]
    files += [library.layout.root / name for name in plan.spool]
    in_files = sum(path.exists() for path in files)
    in_indexes = sum(_points(index, plan) for index in _indexes(library))
    return Scan(raw.files, raw.found + in_catalog + in_parts + in_files + in_indexes)


def vector_forms(vector: Vectors) -> tuple[bytes, bytes, bytes]:
    """The bytes of a vector (dimension,) as our files hold it: float32 in a part; float16 in a
    shard's segments; CBOR float32 (RFC 8949: 0xfa, big-endian) in its write-ahead log."""
    singles = vector.astype(">f4").view(np.uint8).reshape(-1, 4)
    marked = np.insert(singles, 0, 0xFA, axis=1)
    return vector.astype("<f4").tobytes(), vector.astype("<f2").tobytes(), marked.tobytes()


def _needles(plan: Plan, shared: set[bytes]) -> Iterator[bytes]:
    # A name that a program gave to `Library.add` may be a part of another: tables are asked only.
    for name in (*plan.patients, *plan.groups, *plan.keys, *plan.thumbnails):
        if _HASH.fullmatch(name):
            yield name.encode()
    for point in points_of_plan(plan):
        yield point.encode()
        yield uuid.UUID(point).bytes
    for vector in plan.vectors.values():
        for form in vector_forms(vector):
            if form not in shared:
                yield form


def _parts(library: Library, plan: Plan) -> tuple[set[bytes], int]:
    """Forms of erased vectors that vectors which stay have too (pictures of another patient that
    look the same to the encoder), and how many erased images the parts still hold."""
    shared: set[bytes] = set()
    found, erased = 0, set(points_of_plan(plan))
    for fingerprint in sorted({fingerprint for fingerprint, _ in plan.vectors}):
        halves = {
            vector.astype("<f2").tobytes()
            for (of, _), vector in plan.vectors.items()
            if of == fingerprint
        }
        for part in library.catalog.parts(fingerprint):
            chunk = read_part(library.layout.embeddings(fingerprint) / part.name)
            found += sum(point in erased for point in chunk.ids)
            for vector, half in zip(chunk.vectors, chunk.vectors.astype("<f2"), strict=True):
                if half.tobytes() in halves:
                    shared.update(vector_forms(vector))
    return shared, found


def _indexes(library: Library) -> Iterator[Index]:
    """Each index of this library, open; closed when the next is asked for."""
    catalog = library.catalog
    for fingerprint in sorted(catalog.encoders()):
        spec = IndexSpec(catalog.dimension(fingerprint), fingerprint)
        generation = generations.current(library.layout.index(fingerprint))
        if generation is not None:
            yield from _embedded(generation, spec)
    yield from reached_servers(library)


def _embedded(generation: Path, spec: IndexSpec) -> Iterator[Index]:
    from radalike.index.edge import EdgeIndex

    copy = generation.with_name(f"proof-{generation.name}")
    try:
        index = EdgeIndex.open(generation, spec)
    except IndexBusy:  # a search has it open: a generation never changes, so a copy will do
        rmtree(copy, ignore_errors=True)
        index = EdgeIndex.open(Path(copytree(generation, copy)), spec)
    try:
        yield index
    finally:
        index.close()
        rmtree(copy, ignore_errors=True)
        copy.with_name(f"{copy.name}.lock").unlink(missing_ok=True)


def _points(index: Index, plan: Plan) -> int:
    found = sum(index.count(has_id(some)) for some in chunks(points_of_plan(plan)))
    return found + index.count(any_of("patient", sorted(plan.patients)))

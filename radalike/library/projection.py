"""Projecting parts and catalog into a search index, part by part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.catalog.store import Catalog, Part
from radalike.embeddings.parts import read_part
from radalike.errors import CorruptPart, IndexBusy, IndexUnavailable
from radalike.index import generations
from radalike.index.backend import Index, IndexSpec, Points
from radalike.library.layout import Layout
from radalike.locks import Lock, LockHeld
from radalike.records import payload_of

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

Progress = Callable[[int, int], None]
"""Called with (points done, points in all)."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    backend: str
    points: int
    added: int
    parts: int


def points_of(layout: Layout, catalog: Catalog, part: Part) -> Points:
    """A part's rows as index points. Raises CorruptPart when file and catalog disagree."""
    chunk = read_part(layout.embeddings(part.fingerprint) / part.name)
    described = catalog.part_metadata(part.name)
    if tuple(point for point, _ in described) != chunk.ids:
        raise CorruptPart(
            f"embedding part {part.name} and the catalog list different images",
            hint="restore the library from a backup",
            part=part.name,
        )
    return Points(chunk.ids, chunk.vectors, [payload_of(metadata) for _, metadata in described])


def build_embedded(
    layout: Layout, catalog: Catalog, spec: IndexSpec, *, full: bool, progress: Progress
) -> BuildReport:
    """Build the next generation of the embedded index and swap it in.

    It starts from a copy of the current one, unless `full` or that copy is not what it should be.
    Raises IndexBusy when another build is running, CorruptPart, StorageFull.
    """
    from radalike.index.edge import EdgeIndex

    folder = layout.index(spec.fingerprint)
    folder.mkdir(parents=True, exist_ok=True)
    guard = _build_lock(folder)
    try:
        generations.sweep(folder)
        parts = catalog.parts(spec.fingerprint)
        before = generations.current(folder)
        held = generations.parts_in(before) if before and not full else frozenset()
        expected = sum(part.rows for part in parts if part.name in held)
        whole = held.issuperset(part.name for part in parts)
        if before and held and whole and _is_sound(before, spec, expected):
            return BuildReport("edge", expected, 0, len(parts))
        staging = generations.stage(folder, copy=bool(held))
        index: Index | None = None
        if held:
            index = _opened_copy(staging, spec, expected)
        if index is None:
            held = frozenset()
            staging = generations.stage(folder, copy=False)
            index = EdgeIndex.create(staging, spec)
        missing = [part for part in parts if part.name not in held]
        added = _fill(index, layout, catalog, missing, progress)
        index.flush()
        index.optimize()
        index.flush()
        points = index.count()
        index.close()
        generations.swap(staging, frozenset(part.name for part in parts))
        generations.sweep(folder)
        return BuildReport("edge", points, added, len(parts))
    finally:
        guard.release()


def update_server(
    layout: Layout,
    catalog: Catalog,
    client: QdrantClient,
    target: str,
    spec: IndexSpec,
    *,
    full: bool,
    progress: Progress,
) -> BuildReport:
    """Write the parts that `target` lacks to the server. With `full`, all are written to a new
    collection, which then takes the old one's place; searches go on in the old one until then."""
    from radalike.index.server import ServerIndex

    parts = catalog.parts(spec.fingerprint)
    index: ServerIndex | None = None
    if not full:
        try:
            index = ServerIndex(client, spec)
        except IndexUnavailable:  # none yet; when the server is away, the next call says so
            index = None
    if index is None:
        staged = ServerIndex.stage(client, spec)
        added = _fill(staged, layout, catalog, parts, progress)
        index = staged.publish()
        catalog.set_projected(target, [part.name for part in parts], reset=True)
    else:
        held = catalog.projected(target)
        missing = [part for part in parts if part.name not in held]
        added = _fill(index, layout, catalog, missing, progress, committed=target)
    return BuildReport("server", index.count(), added, len(parts))


def _fill(
    index: Index,
    layout: Layout,
    catalog: Catalog,
    parts: list[Part],
    progress: Progress,
    *,
    committed: str | None = None,
) -> int:
    """Write `parts`; with `committed`, note each in the catalog as held by that target."""
    added, total = 0, sum(part.rows for part in parts)
    for part in parts:
        points = points_of(layout, catalog, part)
        index.upsert(points)
        if committed is not None:
            catalog.set_projected(committed, [part.name])
        added += len(points.ids)
        progress(added, total)
    return added


def _is_sound(generation: Path, spec: IndexSpec, expected: int) -> bool:
    """Whether a generation opens and holds what it should; one that is open elsewhere does."""
    try:
        index = _opened_copy(generation, spec, expected)
    except IndexBusy:
        return True
    if index is None:
        return False
    index.close()
    return True


def _opened_copy(staging: Path, spec: IndexSpec, expected: int) -> Index | None:
    """The shard in `staging`, None when it does not open or does not hold what it should."""
    from radalike.index.edge import EdgeIndex

    try:
        index = EdgeIndex(staging, spec)
    except IndexUnavailable:
        return None
    if index.count() == expected:
        return index
    index.close()
    return None


def _build_lock(folder: Path) -> Lock:
    try:
        return Lock.acquire(folder / "build.lock")
    except LockHeld as exc:
        raise IndexBusy(
            f"another build of this index is running ({exc.holder})",
            hint="wait for it; searches go on meanwhile",
            holder=exc.holder,
        ) from exc

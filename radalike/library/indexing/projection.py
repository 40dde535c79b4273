"""Projecting parts and catalog into a search index, part by part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from radalike.catalog.store import Catalog, Part, PartPoint
from radalike.embeddings.parts import read_part
from radalike.errors import CorruptPart, IndexBusy, IndexUnavailable
from radalike.index import generations
from radalike.index.backend import Index, IndexSpec, Points
from radalike.library.layout import Layout
from radalike.locks import Lock
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
    folder = layout.embeddings(part.fingerprint)
    chunk = read_part(folder / part.name, part.fingerprint)
    described = catalog.part_points(part.name)
    if tuple(point.id for point in described) != chunk.ids:
        raise CorruptPart(
            f"embedding part {part.name} and the catalog list different images",
            hint="restore the library from a backup",
            part=part.name,
        )
    return Points(chunk.ids, chunk.vectors, [_payload(point) for point in described])


def _payload(point: PartPoint) -> dict[str, Any]:
    payload = payload_of(point.metadata)
    if point.region is not None:
        payload |= {"image": point.image, "region": point.region}
    return payload


class EmbeddedBuild:
    """One build of the next generation of the embedded index, from a copy of the current one
    unless `full`, or that copy is not what it should be; entering it takes the build lock.

    `prepare` and `take_in` do what can be done before the last part is committed, `finish` the
    rest. Nothing of it is searched before. Raises IndexBusy when another build is running,
    CorruptPart, StorageFull.
    """

    def __init__(self, layout: Layout, catalog: Catalog, spec: IndexSpec, *, full: bool) -> None:
        self._layout = layout
        self._catalog = catalog
        self._spec = spec
        self._full = full
        self._folder = layout.index(spec.fingerprint)
        self._guard: Lock | None = None
        self._index: Index | None = None
        self._staging = self._folder
        self._before: Path | None = None
        self._held: frozenset[str] = frozenset()
        self._expected = 0
        self._added = 0

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._guard = generations.build_lock(self._folder)
        try:
            generations.sweep(self._folder)
            self._before = generations.current(self._folder)
            if self._before and not self._full:
                self._held = generations.parts_in(self._before)
            parts = self._catalog.parts(self._spec.fingerprint)
            self._expected = sum(part.rows for part in parts if part.name in self._held)
        except BaseException:
            self._guard.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._index is not None:
            self._index.close()
        if self._guard is not None:
            self._guard.release()

    def prepare(self) -> None:
        """Make the shard that is to be filled, with what the current generation holds."""
        from radalike.index.edge import EdgeIndex

        self._staging = generations.stage(self._folder, copy=bool(self._held))
        if self._held:
            self._index = _opened_copy(self._staging, self._spec, self._expected)
        if self._index is None:
            self._held = frozenset()
            self._staging = generations.stage(self._folder, copy=False)
            self._index = EdgeIndex.create(self._staging, self._spec)

    def take_in(self, progress: Progress = lambda _done, _total: None) -> int:
        """Write the parts that it lacks; the number of points that it was given so far."""
        assert self._index is not None, "prepare comes first"
        parts = self._catalog.parts(self._spec.fingerprint)
        missing = [part for part in parts if part.name not in self._held]
        self._added += _fill(self._index, self._layout, self._catalog, missing, progress)
        self._held |= {part.name for part in missing}
        return self._added

    def finish(self, progress: Progress) -> BuildReport:
        """Fill the shard with the parts that it lacks and swap it in, where it lacks any."""
        parts = self._catalog.parts(self._spec.fingerprint)
        if self._index is None:
            if self._is_whole(parts):
                return BuildReport("edge", self._expected, 0, len(parts))
            self.prepare()
        added = self.take_in(progress)
        assert self._index is not None
        self._index.flush()
        self._index.optimize()
        self._index.flush()
        points = self._index.count()
        self._index.close()
        self._index = None
        generations.swap(self._staging, self._held)
        generations.sweep(self._folder)
        return BuildReport("edge", points, added, len(self._held))

    def _is_whole(self, parts: Sequence[Part]) -> bool:
        """Whether the current generation holds all `parts` and is what it should be."""
        whole = self._held.issuperset(part.name for part in parts)
        if not (self._before and self._held and whole):
            return False
        return _is_sound(self._before, self._spec, self._expected)


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
        index = EdgeIndex.open(staging, spec)
    except IndexUnavailable:
        return None
    if index.count() == expected:
        return index
    index.close()
    return None

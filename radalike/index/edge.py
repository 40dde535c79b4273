"""The embedded engine: a Qdrant Edge shard in a folder, one process at a time.

Facts this adapter is built on (measured with qdrant-edge-py 0.9): payload indexes must be there
before the points, or filtered recall falls for good; the write-ahead log makes acknowledged writes
survive a kill; NaN and zero vectors are accepted silently, so they are refused here; float16
storage loses nothing measurable; the engine never releases the interpreter's lock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np
import qdrant_edge as engine

from radalike.errors import IndexBusy, IndexUnavailable
from radalike.filters import And, AnyOf, Eq, Filter, HasId, IsEmpty, Not, Range
from radalike.index.backend import (
    INT8_QUANTILE,
    Index,
    IndexInfo,
    IndexSpec,
    Points,
    Storage,
    Tuning,
    by_frequency,
    search_width,
    settled,
)
from radalike.locks import Lock, LockHeld
from radalike.records import PAYLOAD_FIELDS, FieldKind, Hit, Payload, PayloadField, Vectors
from radalike.vectors import check_unit

_BATCH = 1000
_EVERY_VALUE = 1_000_000  # a facet's limit: more values than any field has
_GRAPH = engine.HnswIndexConfig(m=16, ef_construct=100, full_scan_threshold=10_000, payload_m=16)


class EdgeIndex(Index):
    """A shard that is open, and the lock on its folder. Made by `open` and `create`."""

    name = "edge"

    def __init__(self, shard: Any, lock: Lock, spec: IndexSpec) -> None:
        self._shard = shard
        self._lock = lock
        self._spec = spec
        self._tuning = Tuning()

    @classmethod
    def open(cls, folder: Path, spec: IndexSpec) -> EdgeIndex:
        """The shard in `folder`. Raises IndexBusy when another process has it open,
        IndexUnavailable when there is none or it cannot be read."""
        lock = _locked(folder)
        for leftover in folder.glob("**/temp_segments"):  # of an optimisation that was killed
            rmtree(leftover, ignore_errors=True)
        try:
            shard = engine.EdgeShard.load(str(folder))
        except Exception as exc:
            lock.release()
            raise IndexUnavailable(
                "the embedded index cannot be opened",
                hint="`radalike index build --full` makes it anew from the parts",
            ) from exc
        return cls(shard, lock, spec)

    @classmethod
    def create(cls, folder: Path, spec: IndexSpec) -> EdgeIndex:
        """A new, empty shard in `folder`, with its payload indexes. Raises IndexBusy."""
        folder.mkdir(parents=True)
        lock = _locked(folder)
        try:
            config = engine.EdgeConfig(
                vectors=engine.EdgeVectorParams(
                    size=spec.dimension,
                    distance=engine.Distance.Dot,
                    datatype=_datatype(spec.storage),
                    quantization_config=_quantization(spec.storage),
                ),
                hnsw_config=_GRAPH,
                wal_enabled=True,
            )
            shard = engine.EdgeShard.create(str(folder), config)
            for name, field in PAYLOAD_FIELDS.items():
                shard.update(engine.UpdateOperation.create_field_index(name, _field_index(field)))
            shard.flush()
        except BaseException:
            lock.release()
            raise
        return cls(shard, lock, spec)

    def upsert(self, points: Points) -> None:
        check_unit(points.vectors)
        vectors = np.ascontiguousarray(points.vectors, dtype=np.float32)
        for start in range(0, len(points.ids), _BATCH):
            rows = range(start, min(start + _BATCH, len(points.ids)))
            batch = [
                engine.Point(points.ids[row], vectors[row].data, dict(points.payloads[row]))
                for row in rows
            ]
            self._shard.update(engine.UpdateOperation.upsert_points(batch))

    def delete(self, ids: Sequence[str]) -> None:
        self._shard.update(engine.UpdateOperation.delete_points(list(ids)))

    def query_batch(
        self, vectors: Vectors, limit: int, condition: Filter | None = None
    ) -> list[tuple[Hit, ...]]:
        filtered = None if condition is None else _compiled(condition)
        rows = np.ascontiguousarray(vectors, dtype=np.float32)

        def fetch(row: Vectors, wanted: int) -> list[Hit]:
            request = engine.QueryRequest(
                limit=wanted,
                query=engine.Query.Nearest(row.data),
                filter=filtered,
                with_payload=True,
                params=_parameters(wanted, self._tuning, filtered=condition is not None),
            )
            return [
                Hit(str(point.id), float(point.score), point.payload or {})
                for point in self._shard.query(request)
            ]

        return [settled(partial(fetch, row), limit) for row in rows]

    def tuned(self, tuning: Tuning) -> EdgeIndex:
        other = copy(self)
        other._tuning = tuning
        return other

    def facet(self, name: str, condition: Filter | None = None) -> dict[str, int]:
        filtered = None if condition is None else _compiled(condition)
        request = engine.FacetRequest(name, limit=_EVERY_VALUE, exact=True, filter=filtered)
        return by_frequency({str(hit.value): hit.count for hit in self._shard.facet(request).hits})

    def count(self, condition: Filter | None = None) -> int:
        filtered = None if condition is None else _compiled(condition)
        return int(self._shard.count(engine.CountRequest(exact=True, filter=filtered)))

    def scroll(self, condition: Filter | None = None, page: int = 256) -> Iterator[Points]:
        filtered = None if condition is None else _compiled(condition)
        offset: Any = None
        while True:
            records, offset = self._shard.scroll(
                engine.ScrollRequest(
                    offset=offset, limit=page, filter=filtered, with_payload=True, with_vector=True
                )
            )
            if records:
                yield self._points(records)
            if offset is None:
                return

    def retrieve(self, ids: Sequence[str]) -> Points:
        records = self._shard.retrieve(list(ids), with_payload=True, with_vector=True)
        order = {point: row for row, point in enumerate(ids)}
        return self._points(sorted(records, key=lambda record: order[str(record.id)]))

    def _points(self, records: Sequence[Any]) -> Points:
        vectors = np.asarray([record.vector for record in records], dtype=np.float32)
        payloads: list[Payload] = [record.payload or {} for record in records]
        return Points(
            [str(record.id) for record in records],
            vectors.reshape(len(records), self._spec.dimension),
            payloads,
        )

    def flush(self) -> None:
        self._shard.flush()

    def optimize(self) -> None:
        self._shard.optimize()

    def info(self) -> IndexInfo:
        info = self._shard.info()
        return IndexInfo(
            self.name,
            points=info.points_count,
            indexed=info.indexed_vectors_count,
            segments=info.segments_count,
        )

    def close(self) -> None:
        self._shard.close()
        self._lock.release()


def _locked(folder: Path) -> Lock:
    if not folder.is_dir():
        raise IndexUnavailable("there is no embedded index yet", hint="`radalike index build`")
    try:
        return Lock.acquire(folder.parent / f"{folder.name}.lock")
    except LockHeld as exc:
        raise IndexBusy(
            f"the embedded index is open in another process ({exc.holder})",
            hint="search exactly over the parts meanwhile (`--exact`)",
            holder=exc.holder,
        ) from exc


def _field_index(field: PayloadField) -> Any:
    if field.kind is FieldKind.INTEGER:
        return engine.IntegerIndexParams(lookup=True, range=True, enable_hnsw=field.graph)
    return engine.KeywordIndexParams(enable_hnsw=field.graph)


def _datatype(storage: Storage) -> Any:
    kept = engine.VectorStorageDatatype
    return kept.Float32 if storage is Storage.FLOAT32 else kept.Float16


def _quantization(storage: Storage) -> Any:
    match storage:
        case Storage.INT8:
            return engine.ScalarQuantizationConfig(engine.ScalarType.Int8, quantile=INT8_QUANTILE)
        case Storage.TURBO4:
            return engine.TurboQuantQuantizationConfig(bits=engine.TurboQuantBitSize.Bits4)
        case Storage.BINARY:
            return engine.BinaryQuantizationConfig()
        case _:
            return None


def _parameters(limit: int, tuning: Tuning, *, filtered: bool) -> Any:
    """How widely the graph is searched (`search_width`); ACORN looks past ruled-out points."""
    few_bits = None
    if tuning.oversampling is not None or tuning.rescore is not None:
        few_bits = engine.QuantizationSearchParams(
            rescore=tuning.rescore, oversampling=tuning.oversampling
        )
    return engine.SearchParams(
        hnsw_ef=tuning.ef or search_width(limit, filtered=filtered),
        quantization=few_bits,
        acorn=engine.AcornSearchParams(enable=filtered),
    )


def _compiled(condition: Filter) -> Any:
    return engine.Filter(**_clauses(condition))


def _clauses(condition: Filter) -> dict[str, list[Any]]:
    match condition:
        case And(filters):
            return {"must": [_condition(each) for each in filters]}
        case Not(inner):
            return {"must_not": [_condition(inner)]}
        case _:
            return {"must": [_condition(condition)]}


def _condition(condition: Filter) -> Any:
    match condition:
        case Eq(name, value):
            return engine.FieldCondition(name, match=engine.MatchValue(value))
        case AnyOf(name, values):
            return engine.FieldCondition(name, match=engine.MatchAny(list(values)))
        case Range(name, low, high):
            return engine.FieldCondition(name, range=engine.RangeFloat(gte=low, lte=high))
        case HasId(ids):
            return engine.HasIdCondition(set(ids))
        case IsEmpty(name):
            return engine.IsEmptyCondition(name)
        case And() | Not():
            return _compiled(condition)

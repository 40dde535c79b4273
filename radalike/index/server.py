"""A Qdrant server or cluster, through qdrant-client.

One collection an encoder fingerprint, behind an alias of that name: a new one can be filled beside
it and swapped in. `wait=True` throughout, so what has been upserted is found.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import partial
from typing import Any

import numpy as np
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException

from radalike.errors import IndexUnavailable
from radalike.filters import Filter
from radalike.index.backend import (
    Index,
    IndexInfo,
    IndexSpec,
    Points,
    Tuning,
    by_frequency,
    settled,
)
from radalike.index.server_models import compiled, datatype, field_index, parameters, quantization
from radalike.records import PAYLOAD_FIELDS, Hit, Payload, Vectors
from radalike.vectors import check_unit

_BATCH = 256
_EVERY_VALUE = 1_000_000


def connect(url: str, api_key: str) -> QdrantClient:
    """A client of the server at `url`. Raises IndexUnavailable for a URL that is none."""
    try:
        with warnings.catch_warnings():
            # Inside a compose network the key goes over plain HTTP; docs tell to put TLS elsewhere.
            warnings.filterwarnings("ignore", message="Api key is used with an insecure")
            return QdrantClient(
                url=url, api_key=api_key or None, timeout=60, check_compatibility=False
            )
    except ValueError as exc:
        raise IndexUnavailable(
            "qdrant_url is no address of a server", hint="for example http://localhost:6333"
        ) from exc


@contextmanager
def _server_errors() -> Iterator[None]:
    try:
        yield
    except ResponseHandlingException as exc:
        raise IndexUnavailable(
            "the Qdrant server does not answer",
            hint="check qdrant_url and that the server runs; `--exact` searches without it",
        ) from exc
    except ApiException as exc:
        raise IndexUnavailable(
            "the Qdrant server refused a request",
            hint="check qdrant_api_key, and the server's log",
        ) from exc


class ServerIndex(Index):
    """The collection behind the alias of `spec`'s fingerprint, or the one that is named.

    Raises IndexUnavailable.
    """

    name = "server"

    def __init__(
        self, client: QdrantClient, spec: IndexSpec, collection: str | None = None
    ) -> None:
        self._client = client
        self._spec = spec
        self._tuning = Tuning()
        self._collection = collection or alias_of(spec)
        with _server_errors():
            if not client.collection_exists(self._collection):
                raise IndexUnavailable(
                    "the server has no collection of this encoder", hint="`radalike index build`"
                )

    @classmethod
    def create(cls, client: QdrantClient, spec: IndexSpec) -> ServerIndex:
        """A new, empty collection in place of what there was."""
        return cls.stage(client, spec).publish()

    @classmethod
    def stage(cls, client: QdrantClient, spec: IndexSpec) -> ServerIndex:
        """A new, empty collection with its payload indexes, beside what the alias points to."""
        with _server_errors():
            before = [_number(name) for name in _behind_alias(client, spec)]
            collection = f"{alias_of(spec)}-{max(before, default=0) + 1}"
            client.delete_collection(collection)
            client.create_collection(
                collection,
                vectors_config=models.VectorParams(
                    size=spec.dimension,
                    distance=models.Distance.DOT,
                    datatype=datatype(spec.storage),
                    quantization_config=quantization(spec.storage),
                ),
                hnsw_config=models.HnswConfigDiff(m=16, ef_construct=128, payload_m=16),
            )
            for name, field in PAYLOAD_FIELDS.items():
                client.create_payload_index(collection, name, field_index(field))
        return cls(client, spec, collection)

    def publish(self) -> ServerIndex:
        """Move the alias to this collection, at once, and drop what it pointed to before."""
        alias = alias_of(self._spec)
        with _server_errors():
            before = _behind_alias(self._client, self._spec)
            drop = [
                models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias))
                for _ in before
            ]
            move = models.CreateAliasOperation(
                create_alias=models.CreateAlias(collection_name=self._collection, alias_name=alias)
            )
            self._client.update_collection_aliases([*drop, move])
            for old in before:
                self._client.delete_collection(old)
        return ServerIndex(self._client, self._spec)

    def upsert(self, points: Points) -> None:
        check_unit(points.vectors)
        for start in range(0, len(points.ids), _BATCH):
            rows = slice(start, start + _BATCH)
            batch = models.Batch(
                ids=list(points.ids[rows]),
                vectors=points.vectors[rows].tolist(),
                payloads=[dict(payload) for payload in points.payloads[rows]],
            )
            with _server_errors():
                self._client.upsert(self._collection, batch, wait=True)

    def delete(self, ids: Sequence[str]) -> None:
        if not ids:
            return
        with _server_errors():
            selector = models.PointIdsList(points=list(ids))
            self._client.delete(self._collection, selector, wait=True)

    def query_batch(
        self, vectors: Vectors, limit: int, condition: Filter | None = None
    ) -> list[tuple[Hit, ...]]:
        filtered = None if condition is None else compiled(condition)

        def fetch(row: Vectors, wanted: int) -> list[Hit]:
            with _server_errors():
                found = self._client.query_points(
                    self._collection,
                    query=row.tolist(),
                    limit=wanted,
                    query_filter=filtered,
                    search_params=parameters(wanted, self._tuning, filtered=condition is not None),
                    with_payload=True,
                )
            return [
                Hit(str(point.id), float(point.score), point.payload or {})
                for point in found.points
            ]

        return [settled(partial(fetch, row), limit) for row in vectors]

    def tuned(self, tuning: Tuning) -> ServerIndex:
        other = copy(self)
        other._tuning = tuning
        return other

    def facet(self, name: str, condition: Filter | None = None) -> dict[str, int]:
        filtered = None if condition is None else compiled(condition)
        with _server_errors():
            found = self._client.facet(
                self._collection, name, facet_filter=filtered, limit=_EVERY_VALUE, exact=True
            )
        return by_frequency({str(hit.value): hit.count for hit in found.hits})

    def count(self, condition: Filter | None = None) -> int:
        filtered = None if condition is None else compiled(condition)
        with _server_errors():
            return self._client.count(self._collection, count_filter=filtered, exact=True).count

    def scroll(self, condition: Filter | None = None, page: int = 256) -> Iterator[Points]:
        filtered = None if condition is None else compiled(condition)
        offset: Any = None
        while True:
            with _server_errors():
                records, offset = self._client.scroll(
                    self._collection,
                    scroll_filter=filtered,
                    limit=page,
                    offset=offset,
                    with_payload=True,
                    with_vectors=True,
                )
            if records:
                yield self._points(records)
            if offset is None:
                return

    def retrieve(self, ids: Sequence[str]) -> Points:
        with _server_errors():
            records = self._client.retrieve(
                self._collection, list(ids), with_payload=True, with_vectors=True
            )
        order = {point: row for row, point in enumerate(ids)}
        return self._points(sorted(records, key=lambda record: order[str(record.id)]))

    def _points(self, records: Sequence[models.Record]) -> Points:
        vectors = np.asarray([record.vector for record in records], dtype=np.float32)
        payloads: list[Payload] = [record.payload or {} for record in records]
        return Points(
            [str(record.id) for record in records],
            vectors.reshape(len(records), self._spec.dimension),
            payloads,
        )

    def flush(self) -> None:
        """Nothing to do: the server acknowledged every write."""

    def optimize(self) -> None:
        """Nothing to do: the server optimises by itself."""

    def info(self) -> IndexInfo:
        with _server_errors():
            info = self._client.get_collection(self._collection)
        return IndexInfo(
            self.name,
            points=info.points_count or 0,
            indexed=info.indexed_vectors_count or 0,
            segments=info.segments_count or 0,
        )

    def busy(self) -> bool:
        """Whether the server is still building what makes searches fast."""
        with _server_errors():
            info = self._client.get_collection(self._collection)
        return info.status is models.CollectionStatus.YELLOW

    def drop(self) -> None:
        """Remove this collection, and every alias of it."""
        with _server_errors():
            self._client.delete_collection(self._collection)

    def close(self) -> None:
        self._client.close()


def alias_of(spec: IndexSpec) -> str:
    return f"radalike-{spec.fingerprint}"


def _behind_alias(client: QdrantClient, spec: IndexSpec) -> list[str]:
    """The collection that the alias points to, none before the first."""
    aliases = client.get_aliases().aliases
    return [each.collection_name for each in aliases if each.alias_name == alias_of(spec)]


def _number(collection: str) -> int:
    return int(collection.rpartition("-")[2])

"""Embedding parts: immutable Parquet files of `id` (string) and `vector` (float32 list).

A part is written under a temporary name, synced, and renamed; it counts once the catalog has its
row. A file without a row is an orphan of a killed process, and `sweep` removes it.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from radalike.errors import CorruptPart
from radalike.records import Vectors
from radalike.storage import storage_errors, sync_folder
from radalike.vectors import check_unit

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_ROW_GROUP = 512  # one vector is read without reading the whole part
_TEMPORARY = ".tmp"


@dataclass(frozen=True, slots=True)
class EmbeddingChunk:
    """Some images' vectors: `vectors` is float32 (n, dimension), row i belongs to `ids[i]`."""

    ids: tuple[str, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class PartFile:
    name: str
    rows: int
    sha256: str


def write_part(folder: Path, chunk: EmbeddingChunk, description: dict[str, str]) -> PartFile:
    """Write `chunk` as a new part of `folder`, durable when this returns.

    `description` goes into the file's own metadata (encoder, fingerprint, precision).
    Raises InvalidVector unless every row is finite and of unit length, StorageFull.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    check_unit(chunk.vectors)
    table = pa.Table.from_arrays(
        [_id_column(chunk.ids), _vector_column(chunk.vectors)], names=["id", "vector"]
    ).replace_schema_metadata(description)
    name = f"part-{uuid.uuid4().hex}.parquet"
    temporary = folder / (name + _TEMPORARY)
    with storage_errors():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            pq.write_table(
                table,
                temporary,
                row_group_size=_ROW_GROUP,
                compression={"id": "zstd", "vector": "none"},
                use_dictionary=False,
            )
            digest = _synced_digest(temporary)
            temporary.rename(folder / name)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(folder)
    return PartFile(name, len(chunk.ids), digest)


def read_part(path: Path, fingerprint: str = "") -> EmbeddingChunk:
    """All of a part. Raises CorruptPart, also when it says that its vectors are of another encoder
    than `fingerprint`: vectors of two encoders are never compared."""
    import pyarrow.parquet as pq

    # Not `read_table`: it imports pandas, which takes longer than reading a part.
    with _part_errors(path), pq.ParquetFile(path, memory_map=True) as file:
        said = (file.schema_arrow.metadata or {}).get(b"fingerprint", b"").decode()
        if fingerprint and said and said != fingerprint:
            raise CorruptPart(
                f"embedding part {path.name} holds vectors of another encoder",
                hint="restore the library's embeddings from a backup; `radalike index check` says "
                "which parts are damaged",
                part=path.name,
                fingerprint=said,
            )
        return _read_whole(file)


def _read_whole(file: pq.ParquetFile) -> EmbeddingChunk:
    """A group of rows after the other, into one array: memory that is new is slow to write to."""
    ids: list[str] = []
    vectors: Vectors | None = None
    for batch in file.iter_batches(_ROW_GROUP):
        some = _matrix(batch["vector"])
        if vectors is None:
            vectors = np.empty((file.metadata.num_rows, some.shape[1]), dtype=np.float32)
        vectors[len(ids) : len(ids) + len(some)] = some
        ids += batch["id"].to_pylist()
    if vectors is None or len(ids) != len(vectors):
        raise ValueError("not as many rows as the file says")
    return EmbeddingChunk(tuple(ids), vectors)


def read_rows(path: Path, rows: Sequence[int]) -> Vectors:
    """The vectors of `rows` (in their order) of a part, reading only the row groups they are in.

    Raises CorruptPart.
    """
    import pyarrow.parquet as pq

    with _part_errors(path), pq.ParquetFile(path) as file:
        groups = sorted({row // _ROW_GROUP for row in rows})
        place = {group: position * _ROW_GROUP for position, group in enumerate(groups)}
        matrix = _matrix(file.read_row_groups(groups, columns=["vector"])["vector"])
        return matrix[[place[row // _ROW_GROUP] + row % _ROW_GROUP for row in rows]]


def read_ids(path: Path, rows: Sequence[int]) -> list[str]:
    """The ids of `rows` (in their order) of a part. Raises CorruptPart."""
    import pyarrow.parquet as pq

    with _part_errors(path), pq.ParquetFile(path) as file:
        column = file.read(columns=["id"])["id"]
        return [str(column[row]) for row in rows]


def verify_part(path: Path, sha256: str) -> None:
    """Raises CorruptPart when the file is not what the catalog says."""
    with _part_errors(path), path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise _corrupt(path)


def sweep(folder: Path, committed: Iterable[str]) -> int:
    """Remove what a killed process left in `folder`: files that are not among `committed`."""
    keep = set(committed)
    swept = 0
    for path in folder.glob("part-*"):
        if path.name not in keep:
            path.unlink()
            swept += 1
    return swept


def _synced_digest(path: Path) -> str:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


# The columns are made from buffers: `pa.array` and `to_numpy` import pandas, which takes longer
# than all that is done with a part.


def _id_column(ids: Sequence[str]) -> pa.StringArray:
    import pyarrow as pa

    encoded = [identity.encode() for identity in ids]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.StringArray.from_buffers(
        len(encoded), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))
    )


def _vector_column(vectors: Vectors) -> pa.FixedSizeListArray:
    import pyarrow as pa

    values = np.ascontiguousarray(vectors, dtype=np.float32)
    flat = pa.Array.from_buffers(pa.float32(), values.size, [None, pa.py_buffer(values)])
    return pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])


def _matrix(column: pa.Array | pa.ChunkedArray) -> Vectors:
    import pyarrow as pa

    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0)
    return np.asarray(np.from_dlpack(array.flatten()).reshape(len(array), -1), dtype=np.float32)


def _corrupt(path: Path) -> CorruptPart:
    return CorruptPart(
        f"embedding part {path.name} is not what the catalog says",
        hint="restore it from a backup, or ingest its images again after `radalike index check`",
        part=path.name,
    )


@contextmanager
def _part_errors(path: Path) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (OSError, KeyError, IndexError, ValueError, pa.ArrowException) as exc:
        raise _corrupt(path) from exc

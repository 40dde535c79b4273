"""The files that vectors are exported to: each a context manager with one method, `write`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ingest.embedding_files.keys import key_of
from ingest.embedding_files.problems import printable
from radalike.errors import UsageError
from radalike.records import ImageRecord, Vectors

if TYPE_CHECKING:
    import h5py
    import pyarrow as pa
    import pyarrow.parquet as pq


@dataclass(frozen=True, slots=True)
class Exported:
    """An image, its vector (dimension,), and what it is called; `public` when its data set calls
    it so, too."""

    record: ImageRecord
    vector: Vectors
    name: str
    public: bool


class Writes(Protocol):
    def write(self, images: Sequence[Exported]) -> None: ...


Sink = AbstractContextManager[Writes]


@contextmanager
def hdf5_sink(path: Path, _dimension: int) -> Iterator[Writes]:
    """One 1-D float32 data set per image, as the study has published them."""
    import h5py

    with h5py.File(path, "w") as file:
        yield _Hdf5(file)


@contextmanager
def parquet_sink(path: Path, dimension: int) -> Iterator[Writes]:
    """One row per image: id, filepath, dataset, split, modality, anatomy, labels, vector."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = pa.string()
    schema = pa.schema(
        [
            *((name, text) for name in ("id", "filepath", "dataset", "split")),
            *((name, text) for name in ("modality", "anatomy")),
            ("labels", pa.list_(text)),
            ("vector", pa.list_(pa.float32(), dimension)),
        ]
    )
    with pq.ParquetWriter(path, schema) as writer:
        yield _Parquet(writer, schema)


class _Hdf5:
    def __init__(self, file: h5py.File) -> None:
        self._file = file

    def write(self, images: Sequence[Exported]) -> None:
        for each in images:
            try:
                self._file.create_dataset(key_of(each.name), data=each.vector)
            except (ValueError, TypeError) as exc:  # the name, or a folder of that name, is taken
                raise UsageError(
                    f"two images go by the name {printable(each.name)}, or one by a folder's name",
                    hint="export one data set at a time: --where dataset=NAME",
                ) from exc


class _Parquet:
    def __init__(self, writer: pq.ParquetWriter, schema: pa.Schema) -> None:
        self._writer = writer
        self._schema = schema

    def write(self, images: Sequence[Exported]) -> None:
        import pyarrow as pa

        if not images:
            return
        known = [each.record.metadata for each in images]
        vectors = np.stack([each.vector for each in images])
        columns = [
            pa.array([each.record.id for each in images]),
            pa.array([each.name if each.public else None for each in images], pa.string()),
            pa.array([each.dataset for each in known]),
            pa.array([each.split for each in known], pa.string()),
            pa.array([each.modality.value for each in known]),
            pa.array([each.anatomy.value for each in known]),
            pa.array([list(each.labels) for each in known], pa.list_(pa.string())),
            pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1]),
        ]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))

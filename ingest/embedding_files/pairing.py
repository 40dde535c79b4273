"""Rows of manifests and vectors of HDF5 files, brought together, and each of them checked.

Only digests of names are held for all of them; rows and vectors pass by one at a time, in the
order of the manifests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from ingest.embedding_files.hdf5 import VectorFile
from ingest.embedding_files.keys import KeySet, digest_of, key_of
from ingest.embedding_files.problems import Problem, Tally
from ingest.sources.manifest import ManifestSource
from ingest.sources.source import SourceItem
from radalike.errors import InvalidManifest, RejectCode
from radalike.library.privacy.pseudonyms import public_identity
from radalike.records import Vectors
from radalike.vectors import normalised

_NO_FILE = (RejectCode.MISSING_FILE, RejectCode.UNREADABLE)
"""Of the image itself, which is not asked for here."""

_ROUNDING = 1e-5
"""A length this near to 1 is 1 in float32: such a vector is kept to the bit."""

_TOLERANCE = 1e-3
_LEAST_NORM = 1e-12
_LOOKED_AT = 64  # vectors that say which length they have

Count = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Row:
    """A manifest's row with its vector, float32 (dimension,) and of unit length; or its problem."""

    item: SourceItem
    vector: Vectors | None
    problem: Problem | None = None
    renormalised: bool = False

    @property
    def id(self) -> str:
        """Of the image: what an ingest of the same row gives."""
        return public_identity(self.item.dataset, self.item.filepath or "")


class Pairing:
    """Manifests and the open files that have their vectors.

    manifest_rows: in all of them.
    """

    def __init__(self, manifests: Sequence[Path], files: Sequence[VectorFile]) -> None:
        self._manifests = manifests
        self._files = files
        self._rows = KeySet()
        self._listed_twice: frozenset[int] = frozenset()

    @property
    def manifest_rows(self) -> int:
        return len(self._rows)

    def list_rows(self, count: Count) -> None:
        """Note the names of all rows. Raises InvalidManifest, also when there are none."""
        for item in self._items():
            self._rows.add(digest_of(key_of(item.filepath or "")))
            count(len(self._rows))
        if not len(self._rows):
            raise InvalidManifest(
                f"{self._manifests[0].name} has no rows", hint="it has one for each image"
            )
        self._listed_twice = self._rows.repeated()

    def list_vectors(self, tally: Tally, count: Count) -> None:
        """Note the names of all vectors; those that no row has go into `tally`. After `list_rows`.
        Raises UsageError for a damaged file."""
        listed = 0

        def found(key: str, digest: int, problem: Problem | None) -> None:
            nonlocal listed
            listed += 1
            if digest not in self._rows:
                tally.add(problem or Problem.NO_ROW, key)
            count(listed)

        for file in self._files:
            file.list_keys(found)

    def dimension(self) -> int:
        """The commonest length of the first vectors; 0 when no row has a vector."""
        read = (self._read(item) for item in self._items())
        vectors = (each for each in read if not isinstance(each, Problem))
        lengths = Counter(len(vector) for vector in islice(vectors, _LOOKED_AT))
        return lengths.most_common(1)[0][0] if lengths else 0

    def rows(self, dimension: int, *, normalise: bool) -> Iterator[Row]:
        """Every row of every manifest, in order. After `list_rows` and `list_vectors`."""
        for item in self._items():
            read = self._read(item)
            if isinstance(read, Problem):
                yield Row(item, None, read)
                continue
            vector = _checked(read, dimension, normalise=normalise)
            if isinstance(vector, Problem):
                yield Row(item, None, vector)
            else:
                yield Row(item, vector, renormalised=vector is not read)

    def _items(self) -> Iterator[SourceItem]:
        for manifest in self._manifests:
            yield from ManifestSource(manifest, manifest.parent).items()

    def _read(self, item: SourceItem) -> Vectors | Problem:
        if item.problem is not None and item.problem.code not in _NO_FILE:
            return Problem(str(item.problem.code))
        key = key_of(item.filepath or "")
        digest = digest_of(key)
        if digest in self._listed_twice:
            return Problem.LISTED_TWICE
        holders = [file for file in self._files if digest in file]
        if not holders:
            return Problem.NO_VECTOR
        if len(holders) > 1:
            return Problem.IN_SEVERAL_FILES
        return holders[0].read(key, digest)


def _checked(vector: Vectors, dimension: int, *, normalise: bool) -> Vectors | Problem:
    """`vector` itself when it is sound, or one of unit length in its place, or what is wrong."""
    if len(vector) != dimension:
        return Problem.WRONG_DIMENSION
    if not np.isfinite(vector).all():
        return Problem.NOT_FINITE
    norm = float(np.linalg.norm(vector.astype(np.float64)))
    if norm < _LEAST_NORM:
        return Problem.ZERO
    if abs(norm - 1) <= _ROUNDING:
        return vector
    if abs(norm - 1) > _TOLERANCE and not normalise:
        return Problem.NOT_UNIT
    unit: Vectors = normalised(vector[None, :])[0]
    return unit

"""One pass over the embeddings: their mean and covariance, those of each class, and a sample.

Memory holds a chunk of the embeddings, a (dimension, dimension) matrix, a vector for each class and
the sample, however many images there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from eval.embedded_rows import collect, stream
from eval.images import COLUMNS, Codes, EmbeddedImages, Images, Rows, read_images
from eval.metrics import Values
from eval.ranking import Progress
from eval.saved_state import Arrays, KeptWork, SavedState
from radalike.errors import InvalidSetting, UnknownName, UsageError
from radalike.filters import Filter
from radalike.records import Vectors
from radalike.vectors import check_unit

GROUPINGS = tuple(
    name for name in COLUMNS if name not in {"content", "labels", "patient", "series", "study"}
)
"""Columns by whose values images can be grouped: those whose values name no image or patient."""

BLOCK = 4096
"""Vectors that are held in float64 at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What one pass found of n images that have an embedding of d numbers.

    mean (d,), covariance (d, d): float64, of all n; divided by n. alignment: by grouping, see
    `ClassSums.alignment`. rows (m,), vectors (m, d): of the sample, in order of id.
    without_vector: images that were selected but have no embedding.
    """

    images: Images
    encoder: str
    n_images: int
    without_vector: int
    mean: Values
    covariance: Values
    alignment: Mapping[str, float]
    rows: Rows
    vectors: Vectors
    seed: int

    @property
    def all_equal(self) -> bool:
        """Whether every image has the same embedding: there is nothing to tell apart."""
        return not self.covariance.any()


def survey(
    library: EmbeddedImages,
    images: Filter | None = None,
    *,
    by: Sequence[str] = (),
    sample: int = 5000,
    seed: int = 0,
    encoder: str | None = None,
    progress: Progress = lambda _done, _total: None,
    resume_in: KeptWork | None = None,
) -> Survey:
    """Look at the embeddings of `images` (None: all) once.

    by: of GROUPINGS. sample: at most so many images, the same ones for the same seed. resume_in: a
    pass that was interrupted there goes on. Raises UnknownName; InvalidSetting; InvalidVector for
    an embedding that is not finite or not of unit length; UsageError when no image has one.
    """
    for name in by:
        if name not in GROUPINGS:
            raise UnknownName("grouping", name, GROUPINGS)
    if sample < 1:
        raise InvalidSetting(f"a sample of {sample} images is none", hint="5000 are usual")
    known = read_images(library, {"images": images}, by)
    codes = {name: known.columns[name].codes for name in by}
    asked = repr((encoder or library.encoder_id, sample, seed)).encode()
    seen = np.zeros(len(known), dtype=bool)
    begun: _Pass | None = None
    for rows, vectors in stream(library, known, None, encoder):
        if begun is None:
            begun = _Pass(vectors[0], codes, _Sample(len(known), sample, seed, len(vectors[0])))
            depends_on = (known.ids, *codes.values(), vectors[0], asked)
            saved = SavedState(resume_in, "survey", depends_on)
            if (kept := saved.load()) is not None:
                begun.restore(kept)
                seen = kept["seen"]
        # By row: the parts can be cut in another way since the pass was begun.
        left = ~seen[rows]
        begun.take_in(*((rows, vectors) if left.all() else (rows[left], vectors[left])))
        seen[rows] = True
        if saved.is_due:
            saved.save({**begun.arrays(), "seen": seen})
        progress(int(seen.sum()), len(known))
    if begun is None:
        raise UsageError(
            "none of the images that are selected has an embedding",
            hint="choose other images, or ingest them with this encoder first",
        )
    saved.finish({**begun.arrays(), "seen": seen})
    done = int(seen.sum())
    mean, covariance = begun.sums.moments()
    sampled, vectors = begun.sample.taken()
    if kept is not None:  # it has no vectors: those of a patient could outlast an erasure there
        _, vectors = collect(library, known, np.isin(np.arange(len(known)), sampled), encoder)
    return Survey(
        images=known,
        encoder=encoder or library.encoder_id,
        n_images=done,
        without_vector=len(known) - done,
        mean=mean,
        covariance=covariance,
        alignment={name: of_classes.alignment() for name, of_classes in begun.grouped.items()},
        rows=sampled,
        vectors=vectors,
        seed=seed,
    )


class _Kept:
    """Goes on from the arrays that its STATE names."""

    STATE: ClassVar[tuple[str, ...]] = ()

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {name: np.asarray(getattr(self, name)) for name in self.STATE}

    def restore(self, arrays: Arrays) -> None:
        for name in self.STATE:
            setattr(self, name, arrays[name])


class _Pass:
    """What is gathered; it goes on from its arrays alone."""

    def __init__(self, first: Vectors, codes: Mapping[str, Codes], sample: _Sample) -> None:
        self.sums = _Sums(first)
        self.grouped = {
            name: ClassSums(int(each.max(initial=-1)) + 1, len(first))
            for name, each in codes.items()
        }
        self.sample = sample
        self._codes = codes

    def take_in(self, rows: Rows, vectors: Vectors) -> None:
        """Raises InvalidVector."""
        check_unit(vectors)
        for start in range(0, len(rows), BLOCK):
            moved = vectors[start : start + BLOCK].astype(np.float64) - self.sums.origin
            self.sums.add(moved)
            for name, of_classes in self.grouped.items():
                of_classes.add(self._codes[name][rows[start : start + BLOCK]], moved)
        if len(rows):
            self.sample.offer(rows, vectors)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {
            f"{name} {key}": value
            for name, each in self._each()
            for key, value in each.arrays().items()
        }

    def restore(self, arrays: Arrays) -> None:
        for name, each in self._each():
            each.restore({key: arrays[f"{name} {key}"] for key in each.STATE})

    def _each(self) -> Iterator[tuple[str, _Kept]]:
        yield from (("all", self.sums), ("sample", self.sample))
        yield from ((f"by {name}", each) for name, each in self.grouped.items())


class _Sums(_Kept):
    """Sums of vectors and of their products, from the first vector on: so the covariance of equal
    vectors is 0 to the last bit."""

    STATE = ("_count", "_sum", "_products")

    def __init__(self, first: Vectors) -> None:
        self.origin = first.astype(np.float64)
        self._count = 0
        self._sum = np.zeros_like(self.origin)
        self._products = np.zeros((len(first), len(first)))

    def add(self, moved: Values) -> None:
        self._count += len(moved)
        self._sum += moved.sum(axis=0)
        self._products += moved.T @ moved

    def moments(self) -> tuple[Values, Values]:
        mean = self._sum / self._count
        return mean + self.origin, self._products / self._count - np.outer(mean, mean)


class ClassSums(_Kept):
    """The sum of the vectors of each class, and of their squared norms."""

    STATE = ("_counts", "_sums", "_squares")

    def __init__(self, n_classes: int, width: int) -> None:
        self._counts = np.zeros(n_classes, dtype=np.int64)
        self._sums = np.zeros((n_classes, width))
        self._squares = np.zeros(n_classes)

    def add(self, codes: Codes, vectors: Values) -> None:
        """codes: (n,), -1 for a vector of no class. vectors: float64, (n, width)."""
        order = np.argsort(codes, kind="stable")[int((codes < 0).sum()) :]
        if not len(order):
            return
        present, starts = np.unique(codes[order], return_index=True)
        self._sums[present] += np.add.reduceat(vectors[order], starts)
        squares = np.einsum("ij,ij->i", vectors, vectors)[order]
        self._squares[present] += np.add.reduceat(squares, starts)
        self._counts += np.bincount(codes[order], minlength=len(self._counts))

    def alignment(self) -> float:
        """The mean of |x - y|^2 where x is any image whose class has others, and y one of them.

        Wang & Isola 2020 (arXiv 2005.10242), with alpha = 2 and images of one class as the positive
        pairs: 0 is best, 2 what independent directions have. Over all pairs of a class of n images
        the mean is 2 / (n - 1) (sum of |x|^2 - n |mean|^2). NaN when no class has two images.
        """
        several = self._counts > 1
        if not several.any():
            return float("nan")
        counts = self._counts[several]
        spread = self._squares[several] - (self._sums[several] ** 2).sum(axis=1) / counts
        return float(2 * (counts * np.maximum(spread, 0) / (counts - 1)).sum() / counts.sum())


class _Sample(_Kept):
    """At most `size` of `n` rows, whichever come, in whatever order: those that a shuffle of all
    puts first."""

    STATE = ("_rows",)

    def __init__(self, n: int, size: int, seed: int, width: int) -> None:
        self._width = width
        self._places = np.random.default_rng(seed).permutation(n)
        self._size = size
        self._rows: Rows = np.empty(0, dtype=np.int64)
        self._vectors: Vectors | None = None

    def offer(self, rows: Rows, vectors: Vectors) -> None:
        places = self._places[np.concatenate([self._rows, rows])]
        keep = np.argpartition(places, self._size - 1)[: self._size] if self._full(places) else None
        old = len(self._rows)
        kept_old = np.arange(old) if keep is None else keep[keep < old]
        kept_new = np.arange(len(rows)) if keep is None else keep[keep >= old] - old
        self._rows = np.concatenate([self._rows[kept_old], rows[kept_new]])
        chosen = vectors[kept_new]
        if self._vectors is not None:
            chosen = np.concatenate([self._vectors[kept_old], chosen])
        self._vectors = chosen

    def restore(self, arrays: Arrays) -> None:
        """Of the rows alone: their vectors have to be read again."""
        super().restore(arrays)
        self._vectors = np.zeros((len(self._rows), self._width), dtype=np.float32)

    def _full(self, places: Rows) -> bool:
        return len(places) > self._size

    def taken(self) -> tuple[Rows, Vectors]:
        """In order of id."""
        assert self._vectors is not None
        order = np.argsort(self._rows)
        return self._rows[order], self._vectors[order]

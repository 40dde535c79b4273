"""A library whose vectors are given: scattered classes, ties, whatever a test needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from radalike.embeddings.parts import EmbeddingChunk
from radalike.filters import Filter, matches
from radalike.records import ImageRecord, Metadata, Vectors, payload_of
from tests.eval.circle import image


@dataclass(frozen=True)
class GivenVectors:
    """Vectors (n, d) of the images of `known`, in their order, streamed `chunk` at a time."""

    known: Mapping[str, Metadata]
    vectors: Vectors
    encoder_id: str = "given"
    chunk: int = 7

    def embeddings(
        self, condition: Filter | None = None, /, *, encoder: str | None = None
    ) -> Iterator[EmbeddingChunk]:
        ids = tuple(self.known)
        for start in range(0, len(ids), self.chunk):
            part = slice(start, start + self.chunk)
            yield EmbeddingChunk(ids[part], self.vectors[part])

    def records(self, condition: Filter | None = None, /) -> Iterator[ImageRecord]:
        for name, known in self.known.items():
            if condition is None or matches(condition, name, payload_of(known)):
                yield ImageRecord(id=name, content=name, metadata=known, width=8, height=8)


def scattered(
    seed: int,
    *,
    sizes: Mapping[str, int],
    classes: int = 4,
    dimension: int = 6,
    spread: float = 0.5,
    patients: int = 0,
) -> GivenVectors:
    """Images about a centre for each class, so many in each split of `sizes`; ids in no order.

    spread: of a class about its centre. patients: images take turns with so many; 0: none known.
    """
    random = np.random.default_rng(seed)
    centres = random.normal(size=(classes, dimension))
    total = sum(sizes.values())
    names = [f"i{number:04}" for number in random.permutation(total)]
    of_class = np.concatenate(
        [
            np.minimum(np.arange(size), random.integers(classes, size=size))
            for size in sizes.values()
        ]
    )
    splits = [split for split, size in sizes.items() for _ in range(size)]
    vectors = centres[of_class] + spread * random.normal(size=(total, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    known = {
        name: image(
            split,
            f"class {label}",
            patient=f"p{split}{random.integers(patients)}" if patients else None,
        )
        for name, split, label in zip(names, splits, of_class.tolist(), strict=True)
    }
    return GivenVectors(known, vectors.astype(np.float32))

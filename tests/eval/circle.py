"""A library of images on a circle: what is near what can be read off their angles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from radalike.embeddings.parts import EmbeddingChunk
from radalike.filters import Filter, eq, matches
from radalike.records import ImageRecord, Metadata, Term, payload_of

TRAIN, TEST, VAL = eq("split", "train"), eq("split", "test"), eq("split", "val")


def image(
    split: str,
    *labels: str,
    modality: str = "CT",
    anatomy: str = "unknown",
    patient: str | None = None,
    study: str | None = None,
) -> Metadata:
    return Metadata(
        dataset="d",
        split=split,
        labels=labels,
        modality=Term(modality),
        anatomy=Term(anatomy),
        patient=patient,
        study=study,
    )


@dataclass(frozen=True)
class Circle:
    """Vectors at `angles` (degrees), streamed `chunk` at a time; an image without an angle has no
    embedding. contents: of those that do not have one of their own."""

    angles: Mapping[str, float]
    known: Mapping[str, Metadata]
    encoder_id: str = "circle"
    contents: Mapping[str, str] = field(default_factory=dict)
    chunk: int = 2
    asked: list[str | None] = field(default_factory=list)

    def embeddings(
        self, condition: Filter | None = None, /, *, encoder: str | None = None
    ) -> Iterator[EmbeddingChunk]:
        self.asked.append(encoder)
        ids = [record.id for record in self.records(condition) if record.id in self.angles]
        for start in range(0, len(ids), self.chunk):
            some = tuple(ids[start : start + self.chunk])
            radians = np.radians([self.angles[name] for name in some])
            vectors = np.stack([np.cos(radians), np.sin(radians)], 1).astype(np.float32)
            yield EmbeddingChunk(some, vectors)

    def records(self, condition: Filter | None = None, /) -> Iterator[ImageRecord]:
        for name, known in self.known.items():
            if condition is None or matches(condition, name, payload_of(known)):
                content = self.contents.get(name, name)
                yield ImageRecord(id=name, content=content, metadata=known, width=8, height=8)


LIBRARY = Circle(
    angles={"a1": 0, "a2": 20, "b1": 60, "b2": 80, "both": 1, "qa": 2, "qb": 39, "qc": 5, "q2": 0},
    known={
        "a1": image("train", "a"),
        "a2": image("train", "a"),
        "b1": image("train", "b", modality="MR"),
        "b2": image("train", "b", modality="MR"),
        "both": image("train", "a", "b"),
        "unseen": image("train", "a"),  # known, but it has no embedding
        "qa": image("test", "a"),
        "qb": image("test", "b", modality="MR"),
        "qc": image("test", "c"),
        "q2": image("test", "a", "b"),
    },
)

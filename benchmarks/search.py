"""Search: latency and recall of the embedded index through `Library.search`, at 100,000 x 512.

Peer: FAISS flat inner product on the same vectors, one query at a time, with the same rows
selected. Recall is against exact search under the same filter.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.machine import cores
from radalike.catalog.store import Part
from radalike.embeddings.parts import EmbeddingChunk, write_part
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.filters import Filter, any_of, eq
from radalike.imaging.preprocessing import Preprocessing
from radalike.library import Library
from radalike.library.privacy.pseudonyms import public_identity
from radalike.records import ImageRecord, Metadata, Term, Vectors

POINTS, DIMENSION, CLUSTERS, QUERIES, LIMIT = 100_000, 512, 500, 200, 10

SPEC = EncoderSpec(
    id="benchmark",
    family="custom",
    architecture="benchmarks.search:none",
    weights=Weights("none", None, "1"),
    dimension=DIMENSION,
    preprocessing=Preprocessing(224, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    pooling="none",
    licence="none",
    source="made vectors",
)

FILTERS: dict[str, Filter | None] = {
    "unfiltered": None,
    "25%": eq("modality", "CT"),
    "2%": any_of("patient", [f"p{number:04}" for number in range(20)]),
    "0.1%": eq("patient", "p0003"),
}


def run() -> dict[str, Any]:
    generator = np.random.default_rng(0)
    centres = generator.standard_normal((CLUSTERS, DIMENSION), dtype=np.float32)
    vectors = _clustered(generator, centres, POINTS)
    queries = _clustered(generator, centres, QUERIES)
    with (
        tempfile.TemporaryDirectory() as folder,
        Library.open(Path(folder) / "library", create=True, spec=SPEC) as library,
    ):
        _fill(library, vectors)
        library.build_index()
        library.searcher.follow()
        assert library.searcher.backend == "edge"
        figures = {
            name: _measure(library, vectors, queries, condition)
            for name, condition in FILTERS.items()
        }
    return {"cores": cores(), "points": POINTS, "dimension": DIMENSION, "by_filter": figures}


def _clustered(generator: np.random.Generator, centres: Vectors, count: int) -> Vectors:
    noise = generator.standard_normal((count, DIMENSION), dtype=np.float32)
    rows = centres[generator.integers(0, len(centres), count)] + 0.7 * noise
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def _modality(row: int) -> str:
    return ("CT", "MR", "XR", "US")[row % 4]


def _patient(row: int) -> str:
    return f"p{row // 4 % 1000:04}"


def _fill(library: Library, vectors: Vectors) -> None:
    library.catalog.add_encoder(library.fingerprint, SPEC.id, DIMENSION, {})
    for start in range(0, len(vectors), 4096):
        rows = range(start, min(start + 4096, len(vectors)))
        records = [
            ImageRecord(
                id=public_identity("benchmark", str(row)),
                content=f"{row:064x}",
                metadata=Metadata(
                    dataset="benchmark",
                    modality=Term(_modality(row), "made", 1.0),
                    anatomy=Term(("chest", "brain", "knee")[row % 3], "made", 1.0),
                    labels=(f"finding-{row % 160}",),
                    patient=_patient(row),
                ),
                width=1,
                height=1,
            )
            for row in rows
        ]
        chunk = EmbeddingChunk(
            tuple(record.id for record in records), vectors[rows.start : rows.stop]
        )
        file = write_part(library.layout.embeddings(library.fingerprint), chunk, {})
        part = Part(file.name, library.fingerprint, file.rows, file.sha256, "float32")
        library.catalog.commit(part=part, records=records)


def _measure(
    library: Library, vectors: Vectors, queries: Vectors, condition: Filter | None
) -> dict[str, float]:
    import faiss

    mask = np.asarray([_passes(row, condition) for row in range(len(vectors))])
    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(vectors)
    packed = np.packbits(mask, bitorder="little")
    selector = faiss.IDSelectorBitmap(len(mask), faiss.swig_ptr(packed))
    parameters = None if condition is None else faiss.SearchParameters(sel=selector)
    ids = np.asarray([public_identity("benchmark", str(row)) for row in range(len(vectors))])

    def exact(query: Vectors) -> set[str]:
        _, rows = flat.search(query[None, :], LIMIT, params=parameters)
        return set(ids[rows[0][rows[0] >= 0]])

    def ours(query: Vectors) -> set[str]:
        return {hit.id for hit in library.search(query, LIMIT, condition).hits}

    expected, exact_ms = _timed(exact, queries)
    found, our_ms = _timed(ours, queries)
    recalls = [len(a & b) / len(b) for a, b in zip(found, expected, strict=True)]
    return {
        "selected": round(float(mask.mean()), 5),
        "recall@10": round(float(np.mean(recalls)), 4),
        "p50_ms": round(median(our_ms), 3),
        "p99_ms": round(float(np.percentile(our_ms, 99)), 3),
        "faiss_flat_p50_ms": round(median(exact_ms), 3),
        "faiss_flat_over_ours": round(median(exact_ms) / median(our_ms), 2),
    }


def _passes(row: int, condition: Filter | None) -> bool:
    if condition is None:
        return True
    if condition == FILTERS["25%"]:
        return _modality(row) == "CT"
    number = int(_patient(row)[1:])
    return number < 20 if condition == FILTERS["2%"] else number == 3


def _timed(
    search: Callable[[Vectors], set[str]], queries: Vectors
) -> tuple[list[set[str]], list[float]]:
    for query in queries[:20]:
        search(query)
    answers, milliseconds = [], []
    for query in queries:
        started = time.perf_counter()
        answers.append(search(query))
        milliseconds.append((time.perf_counter() - started) * 1000)
    return answers, milliseconds


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))

"""The first form of evaluation: how many of the most similar images are of the query's class."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import TYPE_CHECKING, Protocol

import numpy as np

from eval.exact_search import search_exact
from eval.metrics import Codes, P, measure
from eval.relevance import classes_of
from radalike.errors import UsageError
from radalike.filters import Filter
from radalike.records import Metadata

if TYPE_CHECKING:
    from radalike.embeddings.parts import EmbeddingChunk


class EmbeddedImages(Protocol):
    """What evaluation needs of a `radalike.library.Library`."""

    @property
    def encoder_id(self) -> str: ...

    def embeddings(
        self, condition: Filter | None = None, /, *, encoder: str | None = None
    ) -> Iterator[EmbeddingChunk]: ...

    def metadata(self, condition: Filter | None = None, /) -> Mapping[str, Metadata]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalReport:
    """P@N of one encoder. The four mappings are keyed "P@1" …; see `eval.metrics.Summary`.

    n_queries: queries that were scored. n_index: images that were searched.
    unanswerable: queries whose class no other image of the index has; they are not scored.
    left_out_queries, left_out_index: images without a class by `relevance`, in neither count.
    """

    n_queries: int
    n_index: int
    relevance: str
    encoder: str
    micro: Mapping[str, float]
    macro: Mapping[str, float]
    micro_std: Mapping[str, float]
    macro_std: Mapping[str, float]
    unanswerable: int
    left_out_queries: int
    left_out_index: int


def evaluate_retrieval(
    library: EmbeddedImages,
    index: Filter | None,
    queries: Filter | None,
    relevance: str = "label",
    at: Sequence[int] = (1, 3, 5, 10),
    encoder: str | None = None,
) -> RetrievalReport:
    """P@N of the images that `queries` selects, searched exactly among those `index` selects.

    Both may select the same images: a query never finds itself, nor counts in its class. Query
    vectors are held in memory, the index is streamed. Raises UsageError when there is nothing to
    search, to search for, or to score; UnknownName for an unknown relevance.
    """
    metrics = tuple(P(n) for n in sorted(set(at)))
    if not metrics:
        raise UsageError("no N of P@N was asked for", hint="for example at=(1, 3, 5, 10)")
    classes = classes_of(library.metadata(queries), relevance)
    classes |= classes_of(library.metadata(index), relevance)
    codes = _numbered(classes)

    asked, searched = _Tally(), _Tally()
    asking = list(_classified(library.embeddings(queries, encoder=encoder), codes, asked))
    _require(asked, "query", relevance)
    found = search_exact(
        _classified(library.embeddings(index, encoder=encoder), codes, searched),
        np.concatenate([chunk.vectors for chunk in asking]),
        k=metrics[-1].at,
        leave_out=asked.ids,
    )
    _require(searched, "index", relevance)

    query_codes = _codes(asked.ids, codes)
    sizes = np.bincount(_codes(searched.ids, codes), minlength=query_codes.max() + 1)
    also_searched = set(searched.ids).intersection(asked.ids)
    itself = np.array([image in also_searched for image in asked.ids])
    neighbours = _codes(found.ids.ravel().tolist(), codes).reshape(found.ids.shape)
    measured = measure(metrics, neighbours, query_codes, sizes[query_codes] - itself)
    if not measured.n_queries:
        raise UsageError(
            f"none of the {measured.unanswerable} queries has its {relevance} in the index",
            hint="choose an index and queries that share classes",
        )
    summaries = measured.summaries
    return RetrievalReport(
        n_queries=measured.n_queries,
        n_index=len(searched.ids),
        relevance=relevance,
        encoder=encoder or library.encoder_id,
        micro={str(metric): summary.micro for metric, summary in summaries.items()},
        macro={str(metric): summary.macro for metric, summary in summaries.items()},
        micro_std={str(metric): summary.micro_std for metric, summary in summaries.items()},
        macro_std={str(metric): summary.macro_std for metric, summary in summaries.items()},
        unanswerable=measured.unanswerable,
        left_out_queries=asked.left_out,
        left_out_index=searched.left_out,
    )


def as_json(report: RetrievalReport) -> dict[str, object]:
    """The report as plain JSON values; a number that does not exist (NaN) is null."""
    return {
        "n_queries": report.n_queries,
        "n_index": report.n_index,
        "relevance": report.relevance,
        "encoder": report.encoder,
        "micro": _finite(report.micro),
        "macro": _finite(report.macro),
        "micro_std": _finite(report.micro_std),
        "macro_std": _finite(report.macro_std),
        "unanswerable": report.unanswerable,
        "left_out": {"queries": report.left_out_queries, "index": report.left_out_index},
    }


@dataclass(slots=True)
class _Tally:
    """What passed in a stream of chunks: the ids with a class, the number without."""

    ids: list[str] = field(default_factory=list)
    left_out: int = 0


def _classified(
    chunks: Iterator[EmbeddingChunk], codes: Mapping[str, int], tally: _Tally
) -> Iterator[EmbeddingChunk]:
    """The rows that have a class, counted as they pass, so that vectors are read only once."""
    for chunk in chunks:
        kept = [row for row, image in enumerate(chunk.ids) if image in codes]
        if len(kept) < len(chunk.ids):
            tally.left_out += len(chunk.ids) - len(kept)
            ids = tuple(chunk.ids[row] for row in kept)
            chunk = replace(chunk, ids=ids, vectors=chunk.vectors[kept])
        tally.ids += chunk.ids
        yield chunk


def _numbered(classes: Mapping[str, str]) -> dict[str, int]:
    numbers = {name: number for number, name in enumerate(sorted(set(classes.values())))}
    return {image: numbers[name] for image, name in classes.items()}


def _codes(ids: Sequence[str], codes: Mapping[str, int]) -> Codes:
    """int64, (n,); -1 for an id without a class."""
    return np.fromiter(map(codes.get, ids, repeat(-1)), dtype=np.int64, count=len(ids))


def _require(tally: _Tally, role: str, relevance: str) -> None:
    if tally.ids:
        return
    if tally.left_out:
        raise UsageError(
            f"none of the {tally.left_out} {role} images can be scored by {relevance}",
            hint="choose another relevance (label, modality, anatomy) or other images",
            role=role,
        )
    which = "--queries" if role == "query" else "--index"
    raise UsageError(
        f"there is no {role} image with an embedding",
        hint=f"choose other images with {which}, or ingest them with this encoder first",
        role=role,
    )


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}

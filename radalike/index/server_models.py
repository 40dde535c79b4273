"""Radalike's own types as qdrant-client's models: filters, ways to keep vectors and to search."""

from __future__ import annotations

from typing import Any

from qdrant_client import models

from radalike.filters import And, AnyOf, Eq, Filter, HasId, IsEmpty, Not, Range
from radalike.index.backend import INT8_QUANTILE, Storage, Tuning, search_width
from radalike.records import FieldKind, PayloadField


def field_index(field: PayloadField) -> Any:
    if field.kind is FieldKind.INTEGER:
        return models.IntegerIndexParams(
            type=models.IntegerIndexType.INTEGER, lookup=True, range=True, enable_hnsw=field.graph
        )
    return models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, enable_hnsw=field.graph)


def datatype(storage: Storage) -> models.Datatype:
    return models.Datatype.FLOAT32 if storage is Storage.FLOAT32 else models.Datatype.FLOAT16


def quantization(storage: Storage) -> models.QuantizationConfig | None:
    match storage:
        case Storage.INT8:
            int8 = models.ScalarQuantizationConfig(
                type=models.ScalarType.INT8, quantile=INT8_QUANTILE
            )
            return models.ScalarQuantization(scalar=int8)
        case Storage.TURBO4:
            turbo = models.TurboQuantQuantizationConfig(bits=models.TurboQuantBitSize.BITS4)
            return models.TurboQuantization(turbo=turbo)
        case Storage.BINARY:
            return models.BinaryQuantization(binary=models.BinaryQuantizationConfig())
        case _:
            return None


def parameters(limit: int, tuning: Tuning, *, filtered: bool) -> models.SearchParams:
    """How widely the graph is searched (`search_width`); ACORN looks past ruled-out points."""
    few_bits = None
    if tuning.oversampling is not None or tuning.rescore is not None:
        few_bits = models.QuantizationSearchParams(
            rescore=tuning.rescore, oversampling=tuning.oversampling
        )
    return models.SearchParams(
        hnsw_ef=tuning.ef or search_width(limit, filtered=filtered),
        quantization=few_bits,
        acorn=models.AcornSearchParams(enable=filtered),
    )


def compiled(condition: Filter) -> models.Filter:
    match condition:
        case And(filters):
            return models.Filter(must=[_condition(each) for each in filters])
        case Not(inner):
            return models.Filter(must_not=[_condition(inner)])
        case _:
            return models.Filter(must=[_condition(condition)])


def _condition(condition: Filter) -> Any:
    match condition:
        case Eq(name, value):
            return models.FieldCondition(key=name, match=models.MatchValue(value=value))
        case AnyOf(name, values):
            return models.FieldCondition(key=name, match=models.MatchAny(any=list(values)))  # type: ignore[arg-type]
        case Range(name, low, high):
            return models.FieldCondition(key=name, range=models.Range(gte=low, lte=high))
        case HasId(ids):
            return models.HasIdCondition(has_id=sorted(ids))
        case IsEmpty(name):
            return models.IsEmptyCondition(is_empty=models.PayloadField(key=name))
        case And() | Not():
            return compiled(condition)

"""Metrics by their names, as they are written on the command line: `P@5`, `nDCG@10`."""

from __future__ import annotations

from eval.metrics.average_precision import AP
from eval.metrics.metric import CutOff, Metric
from eval.metrics.ndcg import NDCG
from eval.metrics.precision import P, RPrecision
from eval.metrics.recall import Recall
from eval.metrics.reciprocal_rank import RR
from radalike.errors import UnknownName, UsageError

_CUT_OFFS: dict[str, type[CutOff]] = {
    family.NAME.lower(): family for family in (P, Recall, AP, RR, NDCG)
}
_KNOWN = ("P@10", "Recall@10", "AP@10", "RR@10", "nDCG@10", "R-precision")


def parse_metric(text: str) -> Metric:
    """The metric that `text` names, in upper or lower case. Raises UnknownName, UsageError,
    InvalidSetting."""
    name, separator, number = text.strip().lower().partition("@")
    if name in ("r-precision", "rprecision") and not separator:
        return RPrecision()
    if name not in _CUT_OFFS:
        raise UnknownName("metric", text, _KNOWN)
    if not number.isdecimal():
        raise UsageError(
            f"{text!r} does not say how many neighbours", hint=f"for example {name}@10", metric=text
        )
    return _CUT_OFFS[name](int(number))

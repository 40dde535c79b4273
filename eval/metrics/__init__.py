"""Metrics as values (`P(5)`, `Recall(10)`, `NDCG(10)`), one family a file, and their summaries."""

from eval.metrics.average_precision import AP
from eval.metrics.judged import Judged
from eval.metrics.metric import CutOff, Metric
from eval.metrics.naming import parse_metric
from eval.metrics.ndcg import NDCG
from eval.metrics.precision import P, RPrecision
from eval.metrics.recall import Recall
from eval.metrics.reciprocal_rank import RR
from eval.metrics.summary import Summary, Values, group_means, summarise

__all__ = [
    "AP",
    "NDCG",
    "RR",
    "CutOff",
    "Judged",
    "Metric",
    "P",
    "RPrecision",
    "Recall",
    "Summary",
    "Values",
    "group_means",
    "parse_metric",
    "summarise",
]

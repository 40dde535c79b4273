"""Retrieval: how many of the most similar images are what the query is."""

from eval.retrieval.evaluate import evaluate_retrieval
from eval.retrieval.question import Question
from eval.retrieval.report import Group, RetrievalReport, as_json
from eval.retrieval.scoring import Scored, score

__all__ = [
    "Group",
    "Question",
    "RetrievalReport",
    "Scored",
    "as_json",
    "evaluate_retrieval",
    "score",
]

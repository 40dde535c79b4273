"""The space of embeddings: how it is filled, what is near what, and what it looks like."""

from eval.space.evaluate import evaluate_space, report_of
from eval.space.projection import METHODS, Projection, project
from eval.space.report import Grouping, Hubness, SpaceReport, as_json
from eval.space.survey import GROUPINGS, Survey, survey

__all__ = [
    "GROUPINGS",
    "METHODS",
    "Grouping",
    "Hubness",
    "Projection",
    "SpaceReport",
    "Survey",
    "as_json",
    "evaluate_space",
    "project",
    "report_of",
    "survey",
]

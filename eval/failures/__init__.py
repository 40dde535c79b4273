"""Which classes are not found, and what is found in their place."""

from eval.failures.evaluate import evaluate_failures
from eval.failures.report import (
    Confusion,
    Example,
    FailingClass,
    FailuresReport,
    Found,
    as_json,
)

__all__ = [
    "Confusion",
    "Example",
    "FailingClass",
    "FailuresReport",
    "Found",
    "as_json",
    "evaluate_failures",
]

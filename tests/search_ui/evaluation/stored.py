"""Runs as `radalike eval` stores them, small enough to be checked by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from radalike.catalog.runs import Run

ASKED = {"index": ["all"], "queries": ["all"], "relevance": "label", "exclude": [], "given": ""}


def run(command: str, found: Any, *, number: int = 7, encoder: str = "one", **asked: Any) -> Run:
    return Run(
        command=command,
        encoder=encoder,
        fingerprint=f"{encoder}-print",
        asked=ASKED | asked,
        found=found,
        seconds=1.25,
        finished_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        number=number,
    )


def retrieval(**changed: Any) -> dict[str, Any]:
    return {
        "n_queries": 12,
        "n_index": 24,
        "relevance": "label",
        "encoder": "one",
        "micro": {"P@1": 0.75, "P@10": None},
        "macro": {"P@1": 0.5, "P@10": None},
        "unanswerable": 0,
        "left_out": {"queries": 0, "index": 0},
        "without_vector": {"queries": 0, "index": 0},
        "intervals": {
            "micro": {"P@1": [0.7, 0.8], "P@10": [None, None]},
            "macro": {"P@1": [0.4, 0.6], "P@10": [None, None]},
            "patients": 6,
            "draws": 1000,
        },
        "by": {
            "modality": [
                {"name": "CT", "n_queries": 6, "micro": {"P@1": 1.0, "P@10": 0.9}, "macro": {}},
                {"name": "US", "n_queries": 6, "micro": {"P@1": 0.5, "P@10": None}, "macro": {}},
            ]
        },
        **changed,
    }


def _spread(mean: float) -> Mapping[str, float]:
    return {"mean": mean, "std": 0.1, "low": mean - 0.1, "high": mean + 0.1}


SATURATION: Mapping[str, Any] = {
    "n_queries": 12,
    "relevance": "label",
    "metric": "P@1",
    "draws": 10,
    "curve": [
        {"size": 1, "n_index": 4, "micro": _spread(0.4), "macro": _spread(0.3)},
        {
            "size": 6,
            "whole_index": True,
            "n_index": 24,
            "micro": _spread(0.8),
            "macro": _spread(0.7),
        },
    ],
}

KNN: Mapping[str, Any] = {
    "n_queries": 12,
    "n_index": 24,
    "n_classes": 4,
    "relevance": "label",
    "micro": {"roc_auc": 0.9, "accuracy": 0.75},
    "macro": {"roc_auc": 0.8, "accuracy": 0.5},
    "intervals": {
        "micro": {"accuracy": [0.7, 0.8]},
        "macro": {"accuracy": [0.4, 0.6]},
        "patients": 6,
        "draws": 1000,
    },
    "k": 2,
    "by_k": [0.6, 0.7],
}

SPACE: Mapping[str, Any] = {
    "n_images": 24,
    "dimension": 1280,
    "n_sample": 20,
    "uniformity": -2.25,
    "effective_rank": 12.34,
    "explained_variance": [0.5, 0.25],
    "hubness": {"k": 10, "skewness": 1.5, "never": 0.05, "largest": 9},
    "groupings": {"label": {"n_classes": 4, "n_images": 24, "alignment": 0.5, "silhouette": None}},
}


def failures(relevance: str = "label", *names: str) -> dict[str, Any]:
    return {
        "relevance": relevance,
        "below": 0.3,
        "n_queries": 12,
        "n_classes": 4,
        "failing": [
            {
                "name": name,
                "n_queries": 3,
                "n_index": 6,
                "P@1": 0.25,
                "confused_with": [{"name": "CT/brain/disc 1", "share": 0.5}],
                "similarity_of_hits": None,
                "similarity_of_misses": 0.8,
            }
            for name in names
        ],
        "leakage": None,
    }


def _measured(filter_: str, recall: float) -> Mapping[str, Any]:
    return {
        "filter": filter_,
        "depths": [{"k": 10, "recall": recall, "p50": 0.5, "p95": 2.0, "p99": 3.0}],
        "changes": [{"metric": "P@10", "difference": -0.01, "low": -0.02, "high": 0.0}],
        "failed": recall < 0.9,
    }


ANN: Mapping[str, Any] = {
    "n_queries": 12,
    "n_index": 24,
    "tolerance": 0.002,
    "failed": ["ef=8"],
    "filters": [{"filter": "no filter", "share": 1.0}, {"filter": "modality=CT", "share": 0.05}],
    "settings": [
        {
            "setting": "ef=8",
            "backend": "edge",
            "indexed": 0,
            "filters": [_measured("no filter", 0.8), _measured("modality=CT", 1.0)],
        }
    ],
}

COMPARE: Mapping[str, Any] = {
    "level": 0.05,
    "differences": [
        {
            "a": "one",
            "b": "two",
            "metric": "P@1",
            "mean": "micro",
            "of_a": 0.75,
            "of_b": 0.5,
            "difference": 0.25,
            "low": 0.2,
            "high": 0.3,
            "p": 0.001,
            "corrected": 0.008,
            "verdict": "A is better",
        }
    ],
}

EVERY: Mapping[str, Any] = {
    "retrieval": retrieval(),
    "knn": KNN,
    "probe": {**KNN, "method": "ridge", "n_validation": 3, "held_out": True},
    "saturation": SATURATION,
    "space": SPACE,
    "failures": failures("label", "US/thyroid/disc 0"),
    "ann": ANN,
    "compare": COMPARE,
}
"""One of each command."""

from __future__ import annotations

import json

import pytest

from eval.metrics import P
from eval.published import PUBLISHED
from eval.retrieval import Question, as_json, evaluate_retrieval
from radalike.encoders.catalogue import encoder_spec
from tests.eval.circle import LIBRARY


def test_the_report_as_json() -> None:
    report = evaluate_retrieval(
        LIBRARY, Question(metrics=(P(1),)), by=["modality"], draws=100, seed=1
    )
    written = json.loads(json.dumps(as_json(report), allow_nan=False))
    intervals = written.pop("intervals")
    groups = written.pop("by")
    assert written == {
        "n_queries": 2,
        "n_index": 4,
        "relevance": "label",
        "encoder": "circle",
        "micro": {"P@1": 0.5},
        "macro": {"P@1": 0.5},
        "micro_std": {"P@1": pytest.approx(2**-0.5)},
        "macro_std": {"P@1": None},
        "unanswerable": 1,
        "unanswerable_by_class": {"c": 1},
        "left_out": {"queries": 1, "index": 1},
        "without_vector": {"queries": 0, "index": 1},
        "overlap": 0,
        "exclude": [],
        "given": None,
        "ties": {"P@1": [0.5, 0.5]},
    }
    assert set(intervals) == {"micro", "macro", "patients", "draws", "seed", "confidence"}
    assert groups == {
        "modality": [
            {"name": "CT", "n_queries": 1, "micro": {"P@1": 1.0}, "macro": {"P@1": 1.0}},
            {"name": "MR", "n_queries": 1, "micro": {"P@1": 0.0}, "macro": {"P@1": 0.0}},
        ]
    }


def test_a_number_that_does_not_exist_is_null() -> None:
    report = evaluate_retrieval(LIBRARY, Question(metrics=(P(1),)))
    assert as_json(report)["macro_std"] == {"P@1": None}
    assert as_json(report)["intervals"] is None
    assert as_json(report, published=True)["published"] is None


def test_every_published_encoder_is_one_of_ours() -> None:
    assert len(PUBLISHED) == 9
    for name, numbers in PUBLISHED.items():
        assert encoder_spec(name).id == name
        for row in (numbers.micro, numbers.macro):
            assert list(row) == sorted(row, reverse=True)
            assert all(0 < value < 1 for value in row)
    best = max(PUBLISHED, key=lambda name: PUBLISHED[name].micro[0])
    assert best == "biomedclip"
    assert (PUBLISHED[best].micro[0], PUBLISHED[best].macro[0]) == (0.594, 0.240)

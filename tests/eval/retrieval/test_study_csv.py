from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from eval.metrics import P
from eval.retrieval import Question, score
from eval.retrieval.study_csv import LARGEST, curve_csv, table_csv, write_csv
from radalike.errors import UsageError
from tests.eval.circle import LIBRARY

COLUMNS = [
    "micro_precision_mean",
    "micro_precision_std",
    "macro_precision_mean",
    "macro_precision_std",
]


def test_the_curve_is_what_the_study_s_plots_read() -> None:
    scored = score(LIBRARY, Question(metrics=(P(1),)), depth=LARGEST)
    frame = pd.read_csv(io.StringIO(curve_csv(scored)), index_col=0)
    assert list(frame.columns) == COLUMNS
    assert list(frame.index) == list(range(LARGEST))
    assert frame["micro_precision_mean"].iloc[:3].tolist() == [0.5, 0.75, 0.75]
    assert frame["micro_precision_std"].iloc[0] == pytest.approx(2**-0.5)
    assert frame["macro_precision_std"].isna().all()  # one query a class


def test_the_table_has_the_study_s_columns_misspelling_and_all() -> None:
    scored = score(LIBRARY, Question(), depth=LARGEST)
    frame = pd.read_csv(io.StringIO(table_csv([scored, scored])), index_col=0)
    assert list(frame.columns) == [
        "micro_precison_at_1",
        "micro_precision_at_3",
        "micro_precision_at_5",
        "micro_precision_at_10",
        "macro_precision_at_1",
        "macro_precision_at_3",
        "macro_precision_at_5",
        "macro_precision_at_10",
    ]
    assert list(frame.index) == ["circle", "circle"]
    assert frame.iloc[0]["micro_precison_at_1"] == 0.5


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    scored = score(LIBRARY, Question(), depth=LARGEST)
    with pytest.raises(UsageError, match="cannot be written"):
        write_csv(tmp_path / "missing" / "x.csv", [scored])
    write_csv(tmp_path / "x.csv", [scored])
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]

"""The CSV files of the study's scripts, with their own columns, so that its plots read ours.

One encoder: row i is N = i + 1, for N of 1 to 99. Several: a row an encoder, P@1, 3, 5 and 10; one
of the study's column names is misspelt, and is so here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eval.metrics import P, summarise
from eval.retrieval.scoring import Scored
from eval.written_files import write_text

LARGEST = 99
CURVE = tuple(P(n) for n in range(1, LARGEST + 1))

_CURVE_COLUMNS = (
    "micro_precision_mean",
    "micro_precision_std",
    "macro_precision_mean",
    "macro_precision_std",
)
_AT = (1, 3, 5, 10)


def write_csv(path: Path, scored: Sequence[Scored]) -> None:
    """The curve of one encoder, or the table of several. Raises UsageError, StorageFull."""
    text = curve_csv(scored[0]) if len(scored) == 1 else table_csv(scored)
    write_text(path, text)


def curve_csv(scored: Scored) -> str:
    """P@1 to P@99 of one encoder; its neighbours are known to that depth."""
    values = np.concatenate(
        [
            np.stack([metric.of(judgement.judged) for metric in CURVE], axis=1)
            for judgement in scored.judgements
        ]
    )
    classes = np.concatenate([judgement.classes for judgement in scored.judgements])
    summaries = summarise(values, classes)
    rows = [(s.micro, s.micro_std, s.macro, s.macro_std) for s in summaries]
    return _written(("", *_CURVE_COLUMNS), [(n, *row) for n, row in enumerate(rows)])


def table_csv(scored: Sequence[Scored]) -> str:
    """P@1, 3, 5 and 10 of several encoders."""
    columns = [f"{kind}_precision_at_{n}" for kind in ("micro", "macro") for n in _AT]
    columns[0] = "micro_precison_at_1"
    rows = []
    for each in scored:
        judged = [judgement.judged for judgement in each.judgements]
        values = np.concatenate([np.stack([P(n).of(j) for n in _AT], axis=1) for j in judged])
        classes = np.concatenate([judgement.classes for judgement in each.judgements])
        summaries = summarise(values, classes)
        rows.append((each.encoder, *(s.micro for s in summaries), *(s.macro for s in summaries)))
    return _written(("", *columns), rows)


def _written(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """As pandas writes it: numbers in full, nothing for one that does not exist."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(["" if isinstance(v, float) and np.isnan(v) else v for v in row])
    return buffer.getvalue()

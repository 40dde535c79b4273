"""The queries in groups: by a field of theirs, or by how many hits the index has for them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from eval.images import COLUMNS, PERSONAL, Codes
from eval.metrics import group_means
from eval.retrieval.report import Group
from eval.retrieval.scoring import Scored
from radalike.errors import UnknownName

CLASS_SIZE = "class-size"
GROUPINGS = (CLASS_SIZE, *(name for name in COLUMNS if name not in {"content", *PERSONAL}))

_SIZES = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000)


def check_groupings(by: Sequence[str]) -> list[str]:
    """The columns that `by` needs. Raises UnknownName."""
    for name in by:
        if name not in GROUPINGS:
            raise UnknownName("grouping", name, GROUPINGS)
    return [name for name in by if name != CLASS_SIZE]


def break_down(scored: Scored, by: str) -> tuple[Group, ...]:
    """One group for each value that a query has; those without one come last, as `unknown`."""
    codes, names = _grouped(scored, by)
    metrics = [str(metric) for metric in scored.metrics]
    found = group_means(scored.values, scored.classes, np.where(codes < 0, len(names), codes))
    return tuple(
        Group(
            name=names[code] if code < len(names) else "unknown",
            n_queries=int(n_queries),
            micro=dict(zip(metrics, micro.tolist(), strict=True)),
            macro=dict(zip(metrics, macro.tolist(), strict=True)),
        )
        for code, n_queries, micro, macro in zip(
            found.groups.tolist(), found.n_queries, found.micro, found.macro, strict=True
        )
    )


def _grouped(scored: Scored, by: str) -> tuple[Codes, Sequence[str]]:
    """The group of each query, -1 for none, and the groups' names."""
    if by != CLASS_SIZE:
        column = scored.images.columns[by]
        return column.codes[scored.queries], column.names
    names = [_range(least, beyond) for least, beyond in pairwise(_SIZES)]
    return np.searchsorted(_SIZES, scored.relevant, side="right") - 1, [*names, f"{_SIZES[-1]:,}-"]


def _range(least: int, beyond: int) -> str:
    return f"{least:,}-{beyond - 1:,}"

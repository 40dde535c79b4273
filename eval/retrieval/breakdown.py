"""The queries in groups: by a field of theirs, or by how many hits the index has for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from eval.images import COLUMNS, Mask
from eval.metrics import summarise
from eval.retrieval.report import Group
from eval.retrieval.scoring import Scored
from radalike.errors import UnknownName

CLASS_SIZE = "class-size"
GROUPINGS = (CLASS_SIZE, *(name for name in COLUMNS if name != "content"))

_SIZES = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000)


def check_groupings(by: Sequence[str]) -> list[str]:
    """The columns that `by` needs. Raises UnknownName."""
    for name in by:
        if name not in GROUPINGS:
            raise UnknownName("grouping", name, GROUPINGS)
    return [name for name in by if name != CLASS_SIZE]


def break_down(scored: Scored, by: str) -> tuple[Group, ...]:
    """One group for each value that a query has; those without one come last, as `unknown`."""
    names = [str(metric) for metric in scored.metrics]
    groups = []
    for name, mask in _groups(scored, by):
        summaries = summarise(scored.values[mask], scored.classes[mask])
        groups.append(
            Group(
                name=name,
                n_queries=int(mask.sum()),
                micro={n: summary.micro for n, summary in zip(names, summaries, strict=True)},
                macro={n: summary.macro for n, summary in zip(names, summaries, strict=True)},
            )
        )
    return tuple(groups)


def _groups(scored: Scored, by: str) -> Iterator[tuple[str, Mask]]:
    if by == CLASS_SIZE:
        for least, beyond in zip(_SIZES, (*_SIZES[1:], None), strict=True):
            mask = scored.relevant >= least
            if beyond is not None:
                mask &= scored.relevant < beyond
            if mask.any():
                last = f"{beyond - 1:,}" if beyond is not None else ""
                yield f"{least:,}" if last == f"{least:,}" else f"{least:,}-{last}", mask
        return
    column = scored.images.columns[by]
    codes = column.codes[scored.queries]
    for code in np.unique(codes[codes >= 0]).tolist():
        yield column.names[code], codes == code
    if (codes < 0).any():
        yield "unknown", codes < 0

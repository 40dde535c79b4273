"""The same numbers for groups of queries, and the classes that are found best and worst."""

from __future__ import annotations

from collections.abc import Sequence

from eval.images import SEPARATOR
from eval.ranking import Progress
from eval.report.markup import Html, heading, join, paragraph, table
from eval.report.measured import GROUPINGS, Measured
from eval.report.numbers import count, number
from eval.report.page import Section
from eval.retrieval import Group, RetrievalReport, as_json

MOST = 50
"""Groups in one table; of more, those with the most queries."""

SHOWN = 10
"""Classes at either end."""

_TITLES = {
    "modality": "By modality",
    "anatomy": "By anatomical region",
    "dataset": "By data set",
    "class-size": "By size of the query's class in the index",
}


def section(measured: Measured, progress: Progress) -> Section:
    report = measured.scores(measured.encoder, progress).report
    parts = [paragraph(f"With {report.encoder}. The numbers are micro, within each group.")]
    parts += [_table(report, name, _TITLES[name]) for name in GROUPINGS]
    written = as_json(report)["by"]
    assert isinstance(written, dict)
    found = {name: written[name] for name in GROUPINGS}
    return Section("groups", "By group", join(parts), found)


def classes_section(measured: Measured, progress: Progress) -> Section:
    scores = measured.scores(measured.encoder, progress)
    groups = scores.classes
    at = next(iter(scores.report.micro))
    ranked = sorted(groups, key=lambda group: (-group.micro[at], -group.n_queries, group.name))
    said = (
        f"{count(len(groups))} classes have queries; {at} is 0 in "
        f"{count(sum(group.micro[at] == 0 for group in groups))} of them, and 1 in "
        f"{count(sum(group.micro[at] == 1 for group in groups))}. With {scores.report.encoder}."
    )
    if len(ranked) <= 2 * SHOWN:
        tables = [_rows(f"All classes, by {at}", "class", ranked)]
    else:
        tables = [
            _rows(f"The {SHOWN} best, by {at}", "class", ranked[:SHOWN]),
            _rows(f"The {SHOWN} worst, the worst first", "class", ranked[: -SHOWN - 1 : -1]),
        ]
    values = sorted(group.micro[at] for group in groups)
    found = {"classes": len(groups), "at": at, "values": values}
    return Section("classes", "By class", join([paragraph(said), *tables]), found)


def group_tables(report: RetrievalReport) -> Html:
    """All groups that a report has."""
    return join(_table(report, name, f"By {name}") for name in report.by)


def _table(report: RetrievalReport, name: str, title: str) -> Html:
    groups = report.by[name]
    parts = [heading(title)]
    if len(groups) > MOST:
        groups = tuple(sorted(groups, key=lambda group: -group.n_queries)[:MOST])
        parts.append(paragraph(f"The {MOST} with the most queries, of {len(report.by[name]):,}."))
    return join([*parts, _rows("", name, groups)])


def _rows(caption: str, name: str, groups: Sequence[Group]) -> Html:
    metrics = list(groups[0].micro) if groups else []
    rows = [
        (
            group.name.replace(SEPARATOR, " + "),
            count(group.n_queries),
            *(number(group.micro[each]) for each in metrics),
        )
        for group in groups
    ]
    return table(caption, (name, "queries", *metrics), rows)

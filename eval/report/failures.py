"""Classes that are not found, what is found in their place, and pictures of it."""

from __future__ import annotations

from eval.failures import FailingClass, FailuresReport, as_json, evaluate_failures
from eval.failures.sheets import MOST_ON_ONE, sheet_of
from eval.ranking import Progress
from eval.report.markup import figure, image, join, paragraph, table
from eval.report.measured import Measured
from eval.report.numbers import count, number
from eval.report.page import Section

EXAMPLES = 2
"""Queries that are shown of a class."""

MOST_LISTED = 50


def section(measured: Measured, progress: Progress) -> Section:
    request = measured.request
    report = evaluate_failures(
        measured.library,
        request.question,
        examples=EXAMPLES,
        seed=request.seed,
        encoder=measured.encoder,
        progress=progress,
        resume_in=measured.resume_in,
    )
    listed = report.failing[:MOST_LISTED]
    parts = [paragraph(_said(report))]
    if listed:
        columns = ("class", "queries", "in the index", "P@1", "hits", "misses", "found instead")
        above = [("", 4), ("mean similarity", 2), ("", 1)]
        rows = [_row(each) for each in listed]
        parts.append(table("", columns, rows, words=["found instead"], above=above))
    shown = report.failing[:MOST_ON_ONE]
    for each in shown:
        sheet = sheet_of(measured.library, report, [each])
        said = f"{each.name}: queries that miss, and what each finds first."
        parts.append(figure(image(sheet, said), said))
    return Section("failures", "What is not found", join(parts), as_json(report), bool(shown))


def _said(report: FailuresReport) -> str:
    said = (
        f"With {report.encoder}, {count(len(report.failing))} of {count(report.n_classes)} classes "
        f"have a P@1 below {report.below:g}."
    )
    if len(report.failing) > MOST_LISTED:
        said += f" The {MOST_LISTED} worst are listed."
    if len(report.failing) > MOST_ON_ONE:
        said += f" The {MOST_ON_ONE} worst are shown."
    return said


def _row(each: FailingClass) -> tuple[str, ...]:
    return (
        each.name,
        count(each.n_queries),
        count(each.n_index),
        number(each.precision),
        number(each.similarity_of_hits),
        number(each.similarity_of_misses),
        ", ".join(f"{found.name} {found.share:.0%}" for found in each.confusions),
    )

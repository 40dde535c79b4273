"""What gives queries away besides what they show, and how much of the precision is its."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from eval.leakage import Effect, LeakageReport, as_json, evaluate_leakage
from eval.ranking import Progress
from eval.report.markup import Html, bullets, facts, heading, join, paragraph, table
from eval.report.measured import Measured
from eval.report.numbers import count, number
from eval.report.page import Section
from eval.retrieval.question import THE_STUDYS


def section(measured: Measured, progress: Progress) -> Section:
    report = evaluate_leakage(
        measured.library,
        replace(measured.request.question, metrics=THE_STUDYS),
        encoder=measured.encoder,
        progress=progress,
        resume_in=measured.resume_in,
    )
    said = (
        "A query is easy when the index has the same image, nearly the same, or another of the "
        f"same patient. With {report.encoder}."
    )
    body = join(
        [
            paragraph(said),
            facts(_counts(report)),
            heading("Retrieval with and without them"),
            _effects(report),
            bullets(_untested(report)),
        ]
    )
    return Section("leakage", "Leakage", body, as_json(report))


def _counts(report: LeakageReport) -> Iterator[tuple[str, str]]:
    of = f" of {count(report.n_queries)} queries"
    other = f", {count(report.of_another_class)} of them of another class"
    yield "the very same image is in the index", f"{count(report.duplicates)}{of}{other}"
    near = f"{count(report.near_duplicates)}{of}: cosine similarity of {report.near:.4f} or more"
    yield "nearly the same, not of the same patient", near
    known = f"{count(report.same_patient)}{of}"
    unknown = "not known: the queries have no patient"
    yield "the patient is in the index", known if report.with_patient["queries"] else unknown
    for each in report.shared:
        yield f"images that both {each.splits[0]} and {each.splits[1]} have", count(each.contents)


def _effects(report: LeakageReport) -> Html:
    names = [str(metric) for metric in THE_STUDYS]
    rows = []
    for each in report.effects:
        micro, macro = each.micro or {}, each.macro or {}
        said = [
            number(values[n]) if n in values else "" for values in (micro, macro) for n in names
        ]
        rows.append([_words(each), count(each.n_queries) if each.micro else "", *said])
    columns = ["the index is searched", "queries", *names, *names]
    above = [("", 2), ("micro", len(names)), ("macro", len(names))]
    return table("", columns, rows, above=above)


def _words(effect: Effect) -> str:
    left_out = f"without {' and '.join(effect.exclude)}" if effect.exclude else "as it is"
    return f"{left_out}: not tested" if effect.untested else left_out


def _untested(report: LeakageReport) -> Iterator[str]:
    for why in dict.fromkeys(each.untested for each in report.effects if each.untested):
        yield f"Not tested: {why}."

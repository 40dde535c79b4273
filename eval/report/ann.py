"""What approximate search loses beside exact search, and how fast it is."""

from __future__ import annotations

from collections.abc import Iterator

from eval.ann import AnnReport, as_json, evaluate_ann
from eval.ann.report import Offered
from eval.ranking import Progress
from eval.report.markup import Html, bullets, heading, join, paragraph, table, with_note
from eval.report.measured import Measured
from eval.report.numbers import count, interval, signed
from eval.report.page import Section

SAMPLE = 200
"""Queries that are asked; `radalike eval ann` asks more."""


def section(measured: Measured, progress: Progress) -> Section:
    request = measured.request
    report = evaluate_ann(
        measured.library.beside(measured.encoder),
        queries=request.question.queries,
        relevance=request.question.relevance,
        sample=SAMPLE,
        draws=request.draws,
        seed=request.seed,
        progress=progress,
        resume_in=measured.resume_in,
    )
    said = (
        f"{count(report.n_queries)} queries among all {count(report.n_index)} images of the "
        f"library, with {report.encoder}, each search by way of the index that users search. P@10 "
        "is the change against exact search, with its 95 % interval; p50, p95 and p99 are "
        "milliseconds of a search for 10, on the machine that made this page and with whatever "
        "else it did."
    )
    body = join(
        [
            paragraph(said),
            paragraph(_verdict(report)),
            *(_table(report, number) for number in range(len(report.filters))),
            bullets(_remarks(report)),
        ]
    )
    return Section("ann", "Approximate search", body, as_json(report))


def _verdict(report: AnnReport) -> str:
    if report.failed:
        return f"Costs more than {report.tolerance:g} of P@10: {', '.join(report.failed)}."
    return f"No setting costs more than {report.tolerance:g} of P@10."


def _table(report: AnnReport, place: int) -> Html:
    offered = report.filters[place]
    rows = []
    for each in report.settings:
        found = each.filters[place]
        first, second = found.depths
        change = found.changes[-1]
        changed = with_note(_signed(change.difference), interval(change.low, change.high, _signed))
        recalls = (f"{first.recall:.4f}", f"{second.recall:.4f}")
        times = (f"{value:.2f}" for value in (first.p50, first.p95, first.p99))
        verdict = f"fails by {found.decided_by}" if found.failed else "passes"
        overlap = f"{first.rank_biased_overlap:.4f}"
        rows.append((each.setting, *recalls, overlap, changed, *times, verdict))
    columns = ("setting", "recall@10", "recall@100", "overlap", "P@10", "p50", "p95", "p99",
               "verdict")  # fmt: skip
    return join([heading(_title(offered)), table("", columns, rows, words=["verdict"])])


def _title(offered: Offered) -> str:
    return f"{offered.filter}: {100 * offered.share:.3g} % of the images"


def _signed(value: float) -> str:
    """+0.0012; four places, for a thousandth matters here."""
    return signed(value, 4)


def _remarks(report: AnnReport) -> Iterator[str]:
    if report.resumed:
        yield (
            f"{count(report.resumed)} of {count(report.n_measured)} measurements, with their "
            "milliseconds, are of an earlier run that was interrupted."
        )
    yield "Overlap: rank-biased, of the first 10, where the first ranks count most."
    if any(each.backend != "exact" and not each.indexed for each in report.settings):
        yield (
            "Of so few images the engine builds no graph, it reads every vector: ef and int8 make "
            "no difference here, and may in a larger library."
        )
    if report.missing:
        shares = ", ".join(f"{100 * share:g} %" for share in report.missing)
        yield f"No filter of this library lets about {shares} of its images pass."

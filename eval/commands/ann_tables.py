"""What `radalike eval ann` prints for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import typer

from eval.ann import AnnReport
from eval.ann.report import Change, Measured, Offered
from radalike.cli.output import print_table

NUMERIC = ("recall@10", "@100", "RBO", "P@10")
COLUMNS = ("setting", *NUMERIC, "95 % interval", "p50/p95/p99 ms")


def print_ann(report: AnnReport) -> None:
    """A table a filter, a row a setting; then which failed, and what to know."""
    typer.echo(
        f"Approximate search with {report.encoder}: {report.n_queries:,} queries among "
        f"{report.n_index:,} images"
    )
    for number, offered in enumerate(report.filters):
        rows = [(each.setting, *_row(each.filters[number])) for each in report.settings]
        print_table(_title(offered, report, number), COLUMNS, rows, numeric=NUMERIC)
    for line in _remarks(report):
        typer.echo(line)
    for line in _verdict(report):
        typer.echo(line)


def _title(offered: Offered, report: AnnReport, number: int) -> str:
    measured = report.settings[0].filters[number]
    return (
        f"{offered.filter}: {_percent(offered.share)} of the images ({offered.n_images:,}); "
        f"P@N of {measured.n_scored:,} queries by {report.relevance}"
    )


def _row(measured: Measured) -> Iterator[str]:
    first, second = measured.depths
    yield f"{first.recall:.4f}"
    yield f"{second.recall:.4f}"
    yield f"{first.rank_biased_overlap:.4f}"
    yield _signed(measured.changes[-1].difference)
    yield _interval(measured.changes[-1])
    yield "/".join(f"{each:.2f}" for each in (first.p50, first.p95, first.p99))


def _remarks(report: AnnReport) -> Iterator[str]:
    if report.resumed:
        yield (
            f"{report.resumed:,} of {report.n_measured:,} measurements, with their latencies, are "
            "of an earlier run of the same command, which was interrupted."
        )
    yield (
        "RBO: rank-biased overlap of the first 10. P@10: its change against exact search. "
        "ms: of a search for 10."
    )
    if any(each.backend != "exact" and not each.indexed for each in report.settings):
        yield (
            "Of so few images the engine builds no graph, it reads every vector: ef and int8 make "
            "no difference here, and may in a larger library."
        )
    if report.missing:
        shares = ", ".join(_percent(share) for share in report.missing)
        yield f"No filter of this library lets about {shares} of its images pass (11 or more)."
    few = [
        offered.filter
        for number, offered in enumerate(report.filters)
        if report.settings[0].filters[number].decided_by.startswith("recall")
    ]
    if few:
        yield (
            f"Too few queries can be scored under {', '.join(few)}: there a setting passes by "
            f"recall@10 of {report.least_recall:g} or more."
        )


def _verdict(report: AnnReport) -> Iterator[str]:
    unsure = [each.setting for each in report.settings if each.unsure and not each.failed]
    if unsure:
        yield (
            f"NOT SURE: {_listed(unsure)} find other images, and so few queries cannot rule out "
            f"that P@10 falls by more than {report.tolerance:g}: a greater --sample might."
        )
    for each in report.settings:
        by = [f"{one.decided_by} under {one.filter}" for one in each.filters if one.failed]
        if by:
            yield f"FAILS: {each.setting} by {_listed(by)}."
    if not report.failed:
        yield f"No setting fails: none costs more than {report.tolerance:g} of P@10."


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _signed(difference: float) -> str:
    return "" if math.isnan(difference) else f"{difference:+.4f}"


def _interval(change: Change) -> str:
    if math.isnan(change.low):
        return ""
    return f"{change.low:+.4f} to {change.high:+.4f}".replace("0.", ".")

"""Which encoder is better: paired tests on the same queries."""

from __future__ import annotations

from eval.comparing import ComparisonReport, Pair, as_json, compare_columns
from eval.ranking import Progress
from eval.report.markup import Html, heading, join, paragraph, table
from eval.report.measured import Measured
from eval.report.numbers import count, interval, number, p_value, signed
from eval.report.page import Section, absent

NAME, TITLE = "comparison", "Encoders compared"


def section(measured: Measured, progress: Progress) -> Section:
    request = measured.request
    if len(request.encoders) < 2:
        return absent(
            NAME,
            TITLE,
            f"{measured.encoder} alone cannot be compared",
            "name another with --encoder; `radalike encode` or `radalike adapt` makes its vectors",
        )
    columns = {name: measured.scores(name, progress).column for name in request.encoders}
    report = compare_columns(columns, draws=request.draws, seed=request.seed)
    said = (
        "Each encoder is measured in its own space, on the queries that both of a pair can score. "
        "p: how often differences as large would come about if the sign of each patient's were "
        f"drawn by lot. Holm: corrected for the {count(len(report.differences))} tests of this "
        f"section; below {report.level} a difference is said to be shown."
    )
    body = join([paragraph(said), *(_pair(report, pair) for pair in report.pairs)])
    return Section(NAME, TITLE, body, as_json(report))


def _pair(report: ComparisonReport, pair: Pair) -> Html:
    columns = ("metric", pair.a, pair.b, "difference", "95 % interval", "p", "Holm", "verdict")
    rows = [
        (
            each.name,
            number(each.of_a),
            number(each.of_b),
            signed(each.difference),
            interval(each.low, each.high, signed),
            p_value(each.p),
            p_value(each.corrected),
            each.verdict,
        )
        for each in report.of(pair)
    ]
    caption = f"On {count(pair.queries)} queries of {count(pair.classes)} classes"
    return join(
        [
            heading(f"{pair.a} and {pair.b}"),
            table(caption, columns, rows, words=["verdict"]),
            *(paragraph(remark, quiet=True) for remark in pair.remarks()),
        ]
    )

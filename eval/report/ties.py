"""How much the order of equal scores could matter."""

from __future__ import annotations

from eval.ranking import Progress
from eval.report.markup import join, paragraph, table, with_note
from eval.report.measured import Measured
from eval.report.numbers import interval
from eval.report.page import Section


def section(measured: Measured, progress: Progress) -> Section:
    reports = [measured.scores(name, progress).report for name in measured.request.encoders]
    widest = max((high - low for each in reports for low, high in each.ties.values()), default=0.0)
    said = (
        "Equal scores are in order of id. Below each micro P@N is the least and the most that it "
        "could be if they were ordered otherwise. "
    )
    said += (
        f"Other orders could move it by up to {widest:.4f}."
        if widest > 0
        else "No order would change any of it."
    )
    names = list(reports[0].ties)
    rows = [
        (
            each.encoder,
            *(
                with_note(f"{each.micro[name]:.4f}", interval(*each.ties[name], _precise))
                for name in names
            ),
        )
        for each in reports
    ]
    body = join([paragraph(said), table("", ("encoder", *names), rows)])
    return Section("ties", "Equal scores", body, {"widest": widest})


def _precise(value: float) -> str:
    return f"{value:.4f}"

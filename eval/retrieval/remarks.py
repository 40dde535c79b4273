"""What the numbers of a retrieval do not say by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from eval.images import SEPARATOR
from eval.retrieval.report import RetrievalReport

_NAMED = 4


def remarks(report: RetrievalReport) -> Iterator[str]:
    """One sentence each: what was not scored, left out, excluded, tied."""
    apart = sum(report.unanswerable.values())
    if apart:
        first = ", ".join(list(report.unanswerable)[:_NAMED]).replace(SEPARATOR, " + ")
        more = ", …" if len(report.unanswerable) > _NAMED else ""
        yield f"Not scored: {apart:,} queries; the index has nothing of {first}{more}."
    for role, images in report.left_out.items():
        if images:
            yield f"Left out: {images:,} {role} images without one {report.relevance}."
    for role, images in report.without_vector.items():
        if images:
            yield f"Left out: {images:,} {role} images without an embedding of {report.encoder}."
    if report.overlap:
        yield f"{report.overlap:,} queries are in the index too; none finds itself."
    if report.exclude:
        yield f"Besides itself no query could find: {', '.join(report.exclude)}."
    if report.intervals is not None:
        yield (
            f"Intervals: bootstrap over {report.intervals.patients:,} patients (an image without a "
            f"known patient counts as its own), {report.intervals.draws:,} draws, "
            f"seed {report.intervals.seed}."
        )
    widest = max((high - low for low, high in report.ties.values()), default=0.0)
    if widest > 0:
        yield f"Equal scores are in order of id; other orders could move P@N by up to {widest:.4f}."

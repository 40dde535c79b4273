"""What the commands for classification print for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from eval.commands.retrieval_tables import number
from radalike.cli.output import print_table

if TYPE_CHECKING:
    from eval.classification.outcome import Outcome

TITLES = {
    "roc_auc": "ROC-AUC",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "accuracy": "accuracy",
}


def print_outcome(title: str, outcome: Outcome, remarks: Sequence[str]) -> None:
    """The measures, micro and macro, then what to know."""
    columns = ["measure", "micro", "macro"]
    rows = [
        [TITLES[name], number(micro), number(outcome.macro[name])]
        for name, micro in outcome.micro.items()
    ]
    if outcome.intervals is not None:
        columns = ["measure", "micro", "95 % interval", "macro", "95 % interval"]
        for name, row in zip(outcome.micro, rows, strict=True):
            micro, macro = (
                _interval(bounds.get(name))
                for bounds in (outcome.intervals.micro, outcome.intervals.macro)
            )
            row[1:] = [row[1], micro, row[2], macro]
    print_table(
        f"{title} by {outcome.relevance} with {outcome.encoder}: {outcome.n_queries:,} queries, "
        f"{outcome.n_index:,} index images of {outcome.n_classes:,} classes",
        columns,
        rows,
    )
    for line in (*remarks, *_remarks(outcome)):
        typer.echo(line)


def _remarks(outcome: Outcome) -> Iterator[str]:
    apart = sum(outcome.not_in_index.values())
    if apart:
        yield (
            f"Not scored: {apart:,} queries of classes that the index has not: "
            f"{first_of(list(outcome.not_in_index))}."
        )
    if outcome.without_queries:
        yield (
            f"In no macro mean: {len(outcome.without_queries):,} classes of the index without a "
            f"query: {first_of(outcome.without_queries)}."
        )
    yield from left_out(outcome.left_out, outcome.without_vector, outcome.relevance)


def left_out(
    without_class: Mapping[str, int], without_vector: Mapping[str, int], relevance: str
) -> Iterator[str]:
    for role, count in without_class.items():
        if count:
            yield f"Left out: {count:,} {role} images without one {relevance}."
    for role, count in without_vector.items():
        if count:
            yield f"Left out: {count:,} {role} images without an embedding of this encoder."


def first_of(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")


def _interval(bounds: tuple[float, float] | None) -> str:
    return "" if bounds is None or not number(bounds[0]) else f"{bounds[0]:.3f} to {bounds[1]:.3f}"

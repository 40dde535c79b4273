"""The stored runs as a list: when, what, of which encoder, and the figure that it comes down to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from radalike.catalog.runs import Run
from search_ui.evaluation.failures import failing_classes
from search_ui.evaluation.reading import (
    UnknownShape,
    count_at,
    figure,
    mapping_at,
    mappings_at,
    number_at,
    texts_at,
)
from search_ui.evaluation.retrieval import estimate_title, estimates_of
from search_ui.evaluation.run_view import asked_in_words, command_title

COLUMNS = ("Run", "Finished (UTC)", "Encoder", "Result", "Asked", "Took")


@dataclass(frozen=True, slots=True)
class RunRow:
    """result: the figure that it comes down to, empty where it cannot be read."""

    number: int
    title: str
    finished: str
    encoder: str
    result: str
    asked: str
    took: str

    @property
    def cells(self) -> tuple[str, ...]:
        """By COLUMNS."""
        return (self.title, self.finished, self.encoder, self.result, self.asked, self.took)


def rows_of(runs: Sequence[Run]) -> tuple[RunRow, ...]:
    return tuple(
        RunRow(
            run.number,
            run_title(run),
            run.finished_at.strftime("%Y-%m-%d %H:%M"),
            run.encoder,
            headline(run),
            "; ".join(f"{name.lower()} {value}" for name, value in asked_in_words(run)),
            f"{run.seconds:.1f} s",
        )
        for run in runs
    )


def run_title(run: Run) -> str:
    """`Retrieval 12`, by which people can name it."""
    return f"{command_title(run.command)} {run.number}"


def headline(run: Run) -> str:
    """`P@1 0.925 (0.900 to 0.950)`; nothing where it cannot be read."""
    try:
        return _headline(run.command, run.found)
    except UnknownShape:
        return ""


def _headline(command: str, found: Mapping[str, Any]) -> str:
    if not isinstance(found, Mapping):
        raise UnknownShape("found")
    match command:
        case "retrieval":
            first = next(iter(estimates_of(found, "micro")), None)
            return f"{first.metric} {estimate_title(first)}" if first else ""
        case "knn" | "probe":
            by_name = {each.metric: each for each in estimates_of(found, "micro")}
            accuracy = by_name.get("accuracy")
            return f"accuracy {estimate_title(accuracy)}" if accuracy else ""
        case "saturation":
            last = mappings_at(found, "curve")[-1:]
            return f"P@1 {figure(number_at(mapping_at(last[0], 'micro'), 'mean'))}" if last else ""
        case "space":
            rank = figure(number_at(found, "effective_rank"), 1)
            return f"effective rank {rank}" if rank else ""
        case "failures":
            classes = count_at(found, "n_classes")
            return f"{len(failing_classes(found)):,} of {classes:,} classes fail"
        case "ann":
            failed = texts_at(found, "failed")
            return f"{len(failed)} of {len(mappings_at(found, 'settings'))} settings fail"
        case "compare":
            shown = [
                each
                for each in mappings_at(found, "differences")
                if each.get("verdict") != "no difference shown"
            ]
            return f"{len(shown)} of {len(mappings_at(found, 'differences'))} differences shown"
    return ""

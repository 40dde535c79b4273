"""One stored run as what is shown of it, whatever version wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from radalike.catalog.runs import Run
from search_ui.evaluation import (
    ann,
    classification,
    compare,
    failures,
    retrieval,
    saturation,
    space,
)
from search_ui.evaluation.parts import Part, Unread
from search_ui.evaluation.reading import UnknownShape

Section = Callable[[Mapping[str, Any]], Iterable[Part]]

SECTIONS: Mapping[str, tuple[Section, ...]] = {
    "retrieval": (retrieval.metrics, retrieval.groups, retrieval.remarks),
    "knn": (classification.measures, classification.neighbours, retrieval.remarks),
    "probe": (classification.measures, classification.method, retrieval.remarks),
    "saturation": (saturation.curve, saturation.remarks, retrieval.not_scored),
    "space": (space.measures, space.classes, space.explained),
    "failures": (failures.classes, failures.leakage, retrieval.not_scored),
    "ann": (ann.verdict, ann.settings),
    "compare": (compare.differences,),
}
"""What a run is made of, by its command."""


_TITLES = {"knn": "kNN", "ann": "ANN"}


def command_title(command: str) -> str:
    """`Retrieval`, `kNN`."""
    return _TITLES.get(command, command.capitalize())


@dataclass(frozen=True, slots=True)
class RunView:
    """asked: what was asked, as (name, value) in words."""

    number: int
    command: str
    encoder: str
    finished: str
    seconds: str
    asked: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]


def view_of(run: Run) -> RunView:
    return RunView(
        run.number,
        run.command,
        run.encoder,
        run.finished_at.strftime("%Y-%m-%d %H:%M UTC"),
        f"{run.seconds:.1f} s",
        asked_in_words(run),
        tuple(parts_of(run)),
    )


def parts_of(run: Run) -> Iterable[Part]:
    """Each section that can be read; then, as JSON, the run that holds one that cannot."""
    sections = SECTIONS.get(run.command)
    if sections is None:
        yield Unread(f"This version does not know how to show “{run.command}”", run.found)
        return
    if not isinstance(run.found, Mapping):
        yield Unread("Written by another version", run.found)
        return
    unread: list[str] = []
    for section in sections:
        parts: list[Part] = []
        try:
            parts.extend(section(run.found))
        except UnknownShape as exc:  # told below, with all that there is
            unread.append(exc.what)
        yield from parts
    if unread:
        what = ", ".join(unread)
        yield Unread(f"Written by another version: not understood is “{what}”", run.found)


def asked_in_words(run: Run) -> tuple[tuple[str, str], ...]:
    """Without what was left as it is: empty values and null."""
    if not isinstance(run.asked, Mapping):
        return ()
    return tuple(
        (str(name).replace("_", " ").capitalize(), _words(value))
        for name, value in run.asked.items()
        if value not in (None, "", [])
    )


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

"""The report, section after section."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from eval.ranking import Progress
from eval.relevance import relevance_of
from eval.report.keeping import finished_sections, keep, taken
from eval.report.measured import Measured, Request
from eval.report.page import Section, absent, render
from eval.saved_state import KeptWork
from eval.written_files import write_text
from radalike.errors import IndexFault, MissingExtra, UnknownName, UsageError
from radalike.library import Library

Make = Callable[[Measured, Progress], Section]
Bar = Callable[[str], AbstractContextManager[Progress]]
"""Shows that a section, by its title, is being made."""


@dataclass(frozen=True, slots=True)
class Planned:
    """module, function: what makes it; imported on use. slow: `--quick` leaves it out."""

    title: str
    module: str
    function: str = "section"
    slow: bool = False


PROVENANCE = "provenance"
"""Is on every page."""

_CLASSIFICATION = "eval.report.classification"

SECTIONS: Mapping[str, Planned] = {
    "retrieval": Planned("Retrieval", "eval.report.retrieval"),
    "comparison": Planned("Encoders compared", "eval.report.comparison"),
    "groups": Planned("By group", "eval.report.groups"),
    "classes": Planned("By class", "eval.report.groups", "classes_section"),
    "pathology": Planned("Anatomy against pathology", "eval.report.pathology"),
    "ties": Planned("Equal scores", "eval.report.ties"),
    "failures": Planned("What is not found", "eval.report.failures"),
    "leakage": Planned("Leakage", "eval.report.leakage"),
    "knn": Planned("Classification by neighbours", _CLASSIFICATION, "knn_section"),
    "probe": Planned("Linear probe", _CLASSIFICATION, "probe_section"),
    "saturation": Planned("Size of the index", "eval.report.saturation"),
    "space": Planned("The space of embeddings", "eval.report.space"),
    "ann": Planned("Approximate search", "eval.report.ann", slow=True),
    PROVENANCE: Planned("What was measured, and with what", "eval.report.provenance"),
}
"""In the order of the page."""


@dataclass(frozen=True, slots=True)
class Made:
    """bytes: of the page. seconds: that each section took, by name. resumed: what `KeptWork` says;
    of these, `taken_over` are whole sections."""

    sections: tuple[Section, ...]
    bytes: int
    seconds: Mapping[str, float]
    resumed: int = 0
    taken_over: tuple[str, ...] = ()

    def found(self) -> dict[str, Any]:
        """Numbers only, by section."""
        return {each.name: dict(each.found) for each in self.sections}


def make_report(
    library: Library,
    request: Request,
    path: Path,
    *,
    sections: Sequence[str] = tuple(SECTIONS),
    bar: Bar,
) -> Made:
    """Measure, and write the page to `path`. A section that cannot be made, for want of labels, a
    split, an index or an extra, says so in its place. What an interrupted report has finished, of
    the same library and with the same request, is not measured again.

    Raises UnknownName for a section that is not among SECTIONS, and for an unknown relevance,
    before anything is measured; UsageError when none of the sections can be made;
    UsageError, StorageFull when the page cannot be written; LibraryError, EncoderError.
    """
    chosen = [name for name in SECTIONS if name in sections and name != PROVENANCE]
    for name in sections:
        if name not in SECTIONS:
            raise UnknownName("section", name, SECTIONS)
    _check_place(path)
    relevance_of(request.question.relevance)
    made, seconds, taken_over = [], {}, []
    with KeptWork(library.layout.evaluation) as kept:
        measured = Measured(library, request, kept)
        finished = finished_sections(library, request, kept)
        for name in chosen:
            started = time.monotonic()
            section = taken(finished, name)
            if section is not None:
                taken_over.append(name)
            else:
                section = _make(name, measured, bar)
                keep(finished, section)
            made.append(section)
            seconds[name] = round(time.monotonic() - started, 2)
        _check_any(made)
        started = time.monotonic()
        made.append(_make(PROVENANCE, measured, bar))
        seconds[PROVENANCE] = round(time.monotonic() - started, 2)
        text = render(
            f"Evaluation of {library.layout.root.resolve().name}",
            f"With {', '.join(request.encoders)}.",
            made,
        )
        write_text(path, text)
        finished.finish()
    return Made(tuple(made), len(text.encode()), seconds, kept.resumed, tuple(taken_over))


def _check_place(path: Path) -> None:
    """Before anything is measured. Raises UsageError."""
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"there can be no page {path}", hint="name a file in a folder that exists")


def _check_any(made: Sequence[Section]) -> None:
    """A page on which nothing was measured is a failure."""
    if made and not any(each.made for each in made):
        raise UsageError(
            f"no section can be made: {made[0].found['absent']}",
            hint="choose other images with --index and --queries, or other --sections",
        )


def _make(name: str, measured: Measured, bar: Bar) -> Section:
    planned = SECTIONS[name]
    if planned.slow and measured.request.quick:
        return absent(name, planned.title, "left out by --quick")
    with bar(planned.title) as progress:
        make: Make = getattr(import_module(planned.module), planned.function)
        try:
            return make(measured, progress)
        except (UsageError, MissingExtra, IndexFault) as error:
            return absent(name, planned.title, str(error), error.hint)

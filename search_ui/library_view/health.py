"""The health of the index: what it lacks, what it finds of what exact search finds, and how close
neighbours usually are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from radalike.errors import RadalikeError
from radalike.library.indexing.canary import LEAST_RECALL
from radalike.library.search.closeness import FEWEST, MOST_PENDING, Closeness
from radalike.library.status import IndexState
from search_ui.library_view.watch import Checked
from search_ui.served import Served
from search_ui.times import at_title
from search_ui.words import backend_title, count_title

CLOSENESS_COLUMNS = ("Encoder", "No good match below", "Usual", "Measured")
CLOSENESS_NUMBERS = CLOSENESS_COLUMNS[1:3]


@dataclass(frozen=True, slots=True)
class Verdict:
    """good: None where there is nothing to judge."""

    good: bool | None
    heading: str
    text: str


def pending_verdict(state: IndexState) -> Verdict:
    """Whether the built index holds all vectors of an encoder."""
    if not state.indexed and not state.pending:
        return Verdict(None, "There is nothing to index yet", "Images come in by an ingest.")
    if not state.pending:
        held = count_title(state.indexed, "vector")
        return Verdict(True, "The index is up to date", f"It holds {held}.")
    waiting = count_title(state.pending, "vector")
    text = (
        f"It holds {state.indexed:,}. The others are found as well, by exact search, which is "
        "slower the more they are. Bring the index up to date."
    )
    return Verdict(state.pending < MOST_PENDING, f"{waiting} not in the index yet", text)


def canary_verdict(checked: Checked | None) -> Verdict:
    """What the last check of an encoder's index says."""
    if checked is None:
        return Verdict(
            None,
            "Its answers have not been checked",
            "A check compares them with those of exact search; it is shown here until the index is "
            "built anew, or this server ends.",
        )
    found = checked.found
    asked = (
        f"{count_title(found.queries, 'image')} asked for their {found.limit} nearest, "
        f"{at_title(checked.at)} UTC; the worst found {found.worst_recall:.0%} of them. "
        f"{found.index_ms:.1f} ms a query, {found.exact_ms:.1f} ms exactly."
    )
    name = _begun(backend_title(found.backend))
    if found.recall >= LEAST_RECALL:
        return Verdict(True, f"{name}: finds {found.recall:.1%} of what exact search finds", asked)
    return Verdict(
        False,
        f"{name}: finds only {found.recall:.1%} of what exact search finds",
        f"Less than {LEAST_RECALL:.0%} is too little: build it from nothing. {asked}",
    )


def closeness_rows(served: Served) -> list[tuple[str, ...]]:
    """Under CLOSENESS_COLUMNS, of each encoder that can be searched with."""
    return [(choice.id, *_closeness_cells(served, choice.id)) for choice in served.encoders()]


def _closeness_cells(served: Served, encoder: str) -> tuple[str, str, str]:
    try:
        found = served.searched(encoder).closeness()
    except RadalikeError as error:  # the others are shown all the same
        return "", "", f"{_begun(str(error))}. {_begun(error.hint)}"
    if found is None:
        return "", "", f"not yet: {FEWEST} images with neighbours, and a built index, are needed"
    return f"{found.threshold:.3f}", f"{found.percentiles[50]:.3f}", _measured(found)


def _measured(found: Closeness) -> str:
    when = at_title(datetime.fromisoformat(found.calibrated))
    return f"on {found.sample:,} of {count_title(found.vectors, 'vector')}, {when} UTC"


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]

"""Result lists as files: CSV for a spreadsheet, JSON with where they come from.

An allow-list: pseudonyms of patients, studies and series stay in the library.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from radalike.library.spreadsheets import defused
from search_ui.filtering.filter_state import filter_params
from search_ui.searching.answers import Answer, upload_in_words
from search_ui.searching.visit import Visit

_COLUMNS = ("rank", "id", "score", "modality", "anatomy", "labels", "mark", "more")


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a list came about."""

    query: Mapping[str, Any]
    filters: Mapping[str, list[str]]
    limit: int
    exact: bool
    same_patient: bool
    every_slice: bool
    encoder: str
    fingerprint: str
    backend: str
    images: int
    radalike: str
    at: str


def provenance_of(visit: Visit, answer: Answer, images: int) -> Provenance:
    """images: those of the library."""
    state = visit.state
    return Provenance(
        query=_query(visit),
        filters=filter_params(state.filters),
        limit=state.limit,
        exact=state.exact,
        same_patient=state.same_patient,
        every_slice=state.every_slice,
        encoder=answer.encoder,
        fingerprint=answer.fingerprint,
        backend=answer.backend,
        images=images,
        radalike=version("radalike"),
        at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _query(visit: Visit) -> dict[str, Any]:
    state = visit.state
    query: dict[str, Any] = {}
    if state.like is not None:
        query["image"] = state.like
    elif state.text:
        query["words"] = state.text
    elif visit.uploaded is not None:
        query["uploaded"] = upload_in_words(visit)
        query["window"] = visit.uploaded.shown.window
        query["rendering"] = visit.uploaded.shown.rendering
    if state.region is not None:
        query["region"] = str(state.region)
    if visit.marks:
        query["relevant"] = list(visit.marks.relevant)
        query["not_relevant"] = list(visit.marks.not_relevant)
    return query


def as_json(answer: Answer, visit: Visit, provenance: Provenance) -> str:
    origin = {name: getattr(provenance, name) for name in Provenance.__slots__}
    return json.dumps({"provenance": origin, "results": _rows(answer, visit)}, indent=2)


def as_csv(answer: Answer, visit: Visit, provenance: Provenance) -> str:
    """One line a result; the provenance is in the last column of the first, as JSON."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow((*_COLUMNS, "provenance"))
    origin = json.dumps({name: getattr(provenance, name) for name in Provenance.__slots__})
    for number, row in enumerate(_rows(answer, visit)):
        cells = [row[name] for name in _COLUMNS]
        cells[_COLUMNS.index("labels")] = "; ".join(row["labels"])
        writer.writerow([defused(each) for each in cells] + [origin if number == 0 else ""])
    return text.getvalue()


def _rows(answer: Answer, visit: Visit) -> list[dict[str, Any]]:
    marks = dict.fromkeys(visit.marks.relevant, "relevant")
    marks |= dict.fromkeys(visit.marks.not_relevant, "not relevant")
    return [
        {
            "rank": rank,
            "id": card.id,
            "score": None if card.score is None else round(card.score, 6),
            "modality": card.modality,
            "anatomy": card.anatomy,
            "labels": list(card.labels),
            "facts": dict(card.facts),
            "mark": marks.get(card.id, ""),
            "more": card.folded,
        }
        for rank, card in enumerate(answer.cards, start=1)
    ]

"""What visitors do, told to the library's audit: before it is shown, and once each."""

from __future__ import annotations

from typing import Any

from radalike.library.audit.audit import AuditAction
from search_ui.access.visitor import Visitor
from search_ui.filtering.filter_state import filter_params
from search_ui.page_state import once
from search_ui.searching.answers import upload_in_words
from search_ui.searching.visit import Visit
from search_ui.served import Served


def tell_query(served: Served, visitor: Visitor, visit: Visit) -> None:
    """A query, when it is another than the last. Raises LibraryError: what cannot be audited is
    not shown."""
    state = visit.state
    detail: dict[str, Any] = {
        "filters": filter_params(state.filters),
        "limit": state.limit,
        "exact": state.exact,
        "encoder": state.encoder or served.library.encoder_id,
    }
    if state.beside:
        detail["beside"] = state.beside
    if state.region is not None:
        detail["region"] = str(state.region)
    if state.text:
        detail["words"] = state.text
    if visit.asks_with_upload:
        detail["uploaded"] = upload_in_words(visit)
    if visit.marks:
        detail["marks"] = [len(visit.marks.relevant), len(visit.marks.not_relevant)]
    token = visit.uploaded.token if visit.uploaded and visit.asks_with_upload else ""
    once(
        "query",
        (state.like, token, visit.marks, repr(detail)),
        lambda: served.library.audit.write(visitor.name, AuditAction.QUERY, state.like, **detail),
    )


def tell_opened(served: Served, visitor: Visitor, image: str | None) -> None:
    """A record that is looked at, when it is another than the last; None: none is, any more."""

    def tell() -> None:
        if image is not None:
            served.library.audit.write(visitor.name, AuditAction.OPEN_RECORD, image)

    once("opened", image, tell)


def tell_export(served: Served, visitor: Visitor, visit: Visit, kind: str, rows: int) -> None:
    served.library.audit.write(
        visitor.name,
        AuditAction.EXPORT,
        visit.state.like,
        kind=kind,
        rows=rows,
        filters=filter_params(visit.state.filters),
    )


def tell_mark(served: Served, visitor: Visitor, query: str | None, image: str, mark: str) -> None:
    served.library.audit.write(visitor.name, AuditAction.MARK, image, query=query, mark=mark)

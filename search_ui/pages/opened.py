"""One image that was opened from a list: beside the query, large."""

from __future__ import annotations

from dataclasses import replace

from radalike.access import Action
from search_ui import page_state
from search_ui.access.visitor import Visitor
from search_ui.components.detail import detail_panel
from search_ui.components.gallery import Acted, CardAction
from search_ui.pages.looks import query_picture
from search_ui.searching.answers import run_search
from search_ui.searching.audit_trail import tell_query
from search_ui.searching.details import detail_of
from search_ui.searching.visit import Visit, closed, opened, similar_to
from search_ui.served import Served


def opened_image(served: Served, visitor: Visitor, visit: Visit) -> None:
    """Raises RecordNotFound."""
    image = visit.state.opened or ""
    detail = detail_of(served, image)
    score = _score(served, visitor, visit, image)
    if score is not None:
        detail = replace(detail, card=replace(detail.card, score=score))
    own = image == visit.state.like or not visit.has_query
    detail_panel(
        detail,
        None if own else query_picture(served, visit),
        on_back=page_state.goes(closed),
        on_similar=page_state.goes(lambda visit: similar_to(visit, image))
        if visitor.may(Action.SEARCH)
        else None,
        on_act=_act,
        back="Back to the results" if visit.has_query else "Back",
    )


def _score(served: Served, visitor: Visitor, visit: Visit, image: str) -> float | None:
    """How similar it is to the query, where it is among the results."""
    if not visit.has_query:
        return None
    tell_query(served, visitor, visit)
    answer = run_search(served, visit, visit.state.encoder)
    return next((card.score for card in answer.cards if card.id == image), None)


def _act(acted: Acted) -> None:
    if acted.action is CardAction.OPEN:
        page_state.go(lambda visit: opened(visit, acted.image))

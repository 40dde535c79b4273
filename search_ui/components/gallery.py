"""The images that were found, as a grid of cards that the browser fills as one scrolls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from radalike.library.search.marks import NO_MARKS, Marks
from radalike.library.search.queries import is_id
from search_ui.searching.cards import Card

_FOLDER = Path(__file__).parent


class CardAction(StrEnum):
    """What can be done with a card."""

    OPEN = "open"
    SIMILAR = "similar"
    RELEVANT = "relevant"
    NOT_RELEVANT = "not_relevant"


@dataclass(frozen=True, slots=True)
class Acted:
    """Something was done with the card of an image."""

    action: CardAction
    image: str


OnAct = Callable[[Acted], None]


def gallery(
    cards: Sequence[Card],
    *,
    key: str,
    on_act: OnAct,
    marks: Marks = NO_MARKS,
    can_mark: bool = False,
    can_ask: bool = True,
    words: str = "Images",
) -> None:
    """Cards in a grid; `on_act` is called with what was done with one. can_mark, can_ask: whether
    cards have buttons for marks, and for asking with them. words: what the grid is called."""
    _component()(
        data={
            # A tuple: of a list Streamlit would ask pandas whether it is a table, and load it.
            "cards": tuple(card_data(card, marks) for card in cards),
            "marks": can_mark,
            "asks": can_ask,
            "words": words,
        },
        key=key,
        on_act_change=lambda: _received(key, on_act),
    )


def card_data(card: Card, marks: Marks) -> dict[str, Any]:
    """What the browser is told of a card."""
    mark = 1 if card.id in marks.relevant else -1 if card.id in marks.not_relevant else 0
    return {
        "id": card.id,
        "picture": card.picture,
        "words": card.words,
        "modality": card.modality,
        "anatomy": card.anatomy,
        "label": card.label,
        "score": None if card.score is None else f"{card.score:.3f}",
        "why": list(card.why),
        "folded": card.folded,
        "mark": mark,
    }


def acted_of(value: Any) -> Acted | None:
    """What the browser said was done, None where it is nothing of ours."""
    if not isinstance(value, Mapping):
        return None
    action, image = value.get("action"), value.get("id")
    if action not in tuple(CardAction) or not isinstance(image, str) or not is_id(image):
        return None
    return Acted(CardAction(action), image.lower())


def _received(key: str, on_act: OnAct) -> None:
    acted = acted_of(st.session_state[key].get("act"))
    if acted is not None:
        on_act(acted)


@cache
def _component() -> Callable[..., Any]:
    renderer: Callable[..., Any] = st.components.v2.component(
        "radalike_gallery",
        html='<ul class="cards"></ul>',
        css=(_FOLDER / "gallery.css").read_text(),
        js=(_FOLDER / "gallery.js").read_text(),
    )
    return renderer

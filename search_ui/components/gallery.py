"""The images that were found, as cards."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

import streamlit as st

from search_ui.components.picture import picture_html
from search_ui.queries import Card


def gallery(cards: Iterable[Card], *, on_similar: Callable[[str], None]) -> None:
    """Cards in a grid; `on_similar` is called with the id of the one whose button is pressed."""
    with st.container(key="gallery"):
        for card in cards:
            with st.container(key=f"card-{card.id}", border=True, gap="xxsmall"):
                st.html(card_html(card))
                st.button(
                    "Similar to this",
                    key=f"similar-{card.id}",
                    on_click=on_similar,
                    args=(card.id,),
                    width="stretch",
                )


def card_html(card: Card) -> str:
    """Picture, score, modality, anatomy and label."""
    words = ", ".join(filter(None, (card.what, card.label)))
    score = "" if card.score is None else score_html(card.score)
    return (
        f"{picture_html(card.picture, words)}"
        f'<div class="rl-facts"><div class="rl-what"><b>{escape(card.modality)}</b> '
        f"<span>{escape(card.anatomy)}</span>{score}</div>"
        f'<div class="rl-label" title="{escape(card.label)}">{escape(card.label) or "&nbsp;"}</div>'
        "</div>"
    )


def score_html(score: float) -> str:
    """The similarity with three decimals: neighbours often differ in the third."""
    return f'<span class="rl-score" title="Cosine similarity to the query">{score:.3f}</span>'

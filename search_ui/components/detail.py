"""One image beside the query, large: with what is known of it and where to go from it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from search_ui.components.gallery import OnAct, gallery
from search_ui.components.messages import show_notice
from search_ui.components.viewer import ViewedPicture, viewer
from search_ui.searching.details import Detail
from search_ui.words import count_title, title


def detail_panel(
    detail: Detail,
    query: ViewedPicture | None,
    *,
    on_back: Callable[[], None],
    on_similar: Callable[[], None] | None,
    on_act: OnAct,
    back: str = "Back to the results",
) -> None:
    """query: the picture that was asked with, shown to its left. on_similar: None for those who may
    not search. on_act: what is done with an image of its series."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(back, icon=":material/arrow_back:", on_click=on_back, key="detail-back")
        if on_similar is not None:
            st.button(
                "Similar to this",
                icon=":material/search:",
                on_click=on_similar,
                key="detail-similar",
                type="primary",
            )
    pictures = [each for each in (query, _viewed(detail)) if each is not None]
    left, right = st.columns([3, 1])
    with left:
        if pictures:
            viewer(pictures, key="detail-viewer", height=520)
        if detail.picture is None:
            show_notice(
                "No picture of it is kept",
                "Text can be burned into pictures of its kind, and the original is not shown.",
            )
        elif not detail.picture.whole:
            st.caption("This is the thumbnail: its original cannot be read from here.")
    with right:
        st.html(facts_html(detail))
    if detail.series:
        st.html(f'<h2 class="rl-heading">{_series_title(detail)}</h2>')
        gallery(detail.series, key="series", on_act=on_act, can_ask=False, words="Its series")
    if detail.study:
        _study(detail, on_act)


def facts_html(detail: Detail) -> str:
    """What is known, as a list of names and values."""
    facts = [
        *detail.card.facts,
        ("Size", f"{detail.width} x {detail.height} pixels"),
    ]
    if detail.card.score is not None:
        facts.insert(0, ("Similarity", f"{detail.card.score:.3f}"))
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    return f'<dl class="rl-facts-list">{rows}</dl>'


def _viewed(detail: Detail) -> ViewedPicture | None:
    picture = detail.picture
    if picture is None:
        return None
    return ViewedPicture(
        jpeg=picture.data,
        words=detail.card.words,
        heading=detail.card.words,
        width=picture.width,
        height=picture.height,
    )


def _series_title(detail: Detail) -> str:
    shown = len(detail.series)
    rest = f", {shown} around it" if shown < detail.slices else ""
    return f"Its series: {count_title(detail.slices, 'image')}{rest}"


def _study(detail: Detail, on_act: OnAct) -> None:
    from search_ui.components.gallery import Acted, CardAction

    st.html(f'<h2 class="rl-heading">Its study: {len(detail.study)} series</h2>')
    with st.container(horizontal=True, gap="small"):
        for each in detail.study:
            words = f"{title('modality', each.modality)}, {title('anatomy', each.anatomy).lower()}"
            st.button(
                f"{words} ({each.images:,})",
                key=f"series-{each.first}",
                on_click=lambda first=each.first: on_act(Acted(CardAction.OPEN, first)),
            )

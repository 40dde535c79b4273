"""The embedding map: a picture whose points open images, and the same as a list of images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from radalike.access import Action
from radalike.library import Library
from radalike.library.browsing.embedding_map import EmbeddingMap
from radalike.library.search.queries import is_id
from search_ui.access.visitor import Visitor
from search_ui.components.evaluation.navigation import KEY, act
from search_ui.components.evaluation.plots import COLOURS
from search_ui.components.gallery import Acted, CardAction, gallery
from search_ui.components.layout import heading
from search_ui.components.messages import escaped
from search_ui.components.table import table
from search_ui.evaluation.space_map import (
    COLOURED_BY,
    SpaceMap,
    cards_of_group,
    space_map,
    state_of,
)
from search_ui.served import Served
from search_ui.words import count_title, field_title

_MAP = f"{KEY}-map"
_SELECTED = "opened"
_IMAGES = 3000
_HEIGHT = 560
_PAGE = 24
_MAPS_KEPT = 4


def map_panel(served: Served, visitor: Visitor) -> None:
    encoders = [each.id for each in served.encoders()]
    encoder = ""
    if len(encoders) > 1:
        encoder = st.selectbox("Encoder", encoders, key=f"{KEY}-map-encoder", width=360)
    coloured_by = st.segmented_control(
        "Coloured by",
        COLOURED_BY,
        format_func=field_title,
        default=COLOURED_BY[0],
        required=True,
        key=f"{KEY}-coloured-by",
    )
    space = served.space(encoder)
    found = _kept_map(space, str(space.settings.library.absolute()), state_of(space))
    drawn = space_map(found, coloured_by)
    st.altair_chart(
        chart_of(drawn),
        alt=f"A scatter plot of {len(drawn.points):,} images, coloured by "
        f"{drawn.group_title.lower()}. The list below has the same images by group.",
        key=_MAP,
        on_select=lambda: _received(visitor),
        selection_mode=_SELECTED,
        width="stretch",
    )
    st.caption(escaped(f"{drawn.note} A click on a point opens its image."))
    _as_list(served, visitor, drawn)


@st.cache_resource(max_entries=_MAPS_KEPT, ttl=3600, show_spinner="Drawing the map…")
def _kept_map(_space: Library, library: str, state: tuple[str, int, int]) -> EmbeddingMap:
    """For all visitors, as long as the library's vectors are the same."""
    return _space.embedding_map(_IMAGES)


def chart_of(drawn: SpaceMap) -> Any:
    """As an Altair chart with the selection `opened`, of the field `image`."""
    import altair as alt

    values = [
        {
            "x": point.x,
            "y": point.y,
            "group": point.group,
            "words": point.words,
            "image": point.image,
        }
        for point in drawn.points
    ]
    groups = [group.title for group in drawn.groups]
    colour = alt.Color(
        "group:N",
        sort=groups,
        scale=alt.Scale(domain=groups, range=list(COLOURS[: len(groups)])),
        legend=alt.Legend(title=drawn.group_title, orient="top", labelLimit=320, columns=5),
    )
    picked = alt.selection_point(name=_SELECTED, fields=["image"], on="click", empty=False)
    return (
        alt.Chart({"values": values})
        .mark_circle(size=36, opacity=0.75)
        .encode(
            x=alt.X("x:Q", title=drawn.x_title, axis=alt.Axis(grid=False, tickCount=6)),
            y=alt.Y("y:Q", title=drawn.y_title, axis=alt.Axis(grid=False, tickCount=6)),
            color=colour,
            tooltip=[alt.Tooltip("words:N", title="Image"), alt.Tooltip("group:N", title="Group")],
        )
        .add_params(picked)
        .properties(height=_HEIGHT)
    )


def chosen_image(selection: Any) -> str | None:
    """The image of the point that was clicked, None where it is nothing of ours."""
    if not isinstance(selection, Mapping):
        return None
    picked = selection.get(_SELECTED)
    first = picked[0] if isinstance(picked, list) and picked else None
    image = first.get("image") if isinstance(first, Mapping) else None
    return image.lower() if isinstance(image, str) and is_id(image) else None


def _received(visitor: Visitor) -> None:
    image = chosen_image(st.session_state[_MAP].get("selection"))
    if image is not None:
        act(visitor, Acted(CardAction.OPEN, image))


def _as_list(served: Served, visitor: Visitor, drawn: SpaceMap) -> None:
    """The way without a mouse: the groups in numbers, and the images of one, from left to right."""
    heading("The same as a list")
    table(
        (drawn.group_title, "Images on the map"),
        [(group.title, f"{group.images:,}") for group in drawn.groups],
        numeric=("Images on the map",),
    )
    images = {group.title: group.images for group in drawn.groups}
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    with left:
        group = st.selectbox(
            "Images of",
            list(images),
            key=f"{KEY}-group-{drawn.group_title}",
            index=None,
            placeholder="Choose a group to see its images",
        )
    if group not in images:
        return
    pages = -(-images[group] // _PAGE)
    with right:
        page = st.number_input("Page", 1, pages, key=f"{KEY}-page-{drawn.group_title}-{group}")
    first = (int(page) - 1) * _PAGE
    last = min(first + _PAGE, images[group])
    st.caption(
        f"{first + 1:,} to {last:,} of {count_title(images[group], 'image')}, from left to right "
        "on the map"
    )
    gallery(
        cards_of_group(served, drawn, group, first, _PAGE),
        key=f"{KEY}-map-images",
        on_act=lambda acted: act(visitor, acted),
        can_ask=visitor.may(Action.SEARCH),
        words="Images of the map",
    )

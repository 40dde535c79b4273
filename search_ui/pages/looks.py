"""How the query is looked at: its frame, its window, and the part of it that is meant."""

from __future__ import annotations

import streamlit as st

from radalike.errors import RadalikeError
from radalike.library.search.regions import Region
from search_ui import page_state
from search_ui.components.messages import show_error
from search_ui.components.viewer import ViewedPicture, viewer
from search_ui.components.windowing import has_looks, shown_of_widgets, windowing
from search_ui.searching.details import picture_of_record
from search_ui.searching.visit import Visit, shown_as, with_region
from search_ui.served import Served

Fractions = tuple[float, float, float, float]


def looks(served: Served, visit: Visit) -> None:
    """Nothing for a query in words."""
    if visit.state.text:
        return
    uploaded = visit.uploaded if visit.asks_with_upload else None
    begun = visit.state.region is not None or (uploaded is not None and has_looks(uploaded.info))
    drawer = st.expander("Frame, window and region", expanded=begun, key="looks", on_change="rerun")
    # What nobody looks at is not rendered: a picture of the library is read from its original.
    if not drawer.open:
        return
    with drawer:
        if uploaded is not None and has_looks(uploaded.info):
            key = uploaded.token
            windowing(uploaded.info, uploaded.shown, key, on_change=lambda: _look(served, key))
        found = _query_picture(served, visit)
        if found is None:
            st.caption("No picture of the query is kept.")
            return
        picture, whole = found
        region = visit.state.region
        viewer(
            [picture],
            key="query-viewer",
            region=None if region is None else _fractions(region),
            draws_region=whole or region is not None,
            on_region=_set_region,
            height=420,
        )
        st.caption(
            "Mark a region to search with that part of the image alone."
            if whole
            else "To search with a part of it needs its original, which cannot be read from here."
        )


def query_picture(served: Served, visit: Visit) -> ViewedPicture | None:
    """The query image, large."""
    found = _query_picture(served, visit)
    return None if found is None else found[0]


def _query_picture(served: Served, visit: Visit) -> tuple[ViewedPicture, bool] | None:
    """The query image, and whether it is the whole of it, not its thumbnail."""
    if visit.asks_with_upload and visit.uploaded is not None:
        uploaded = visit.uploaded
        return _viewed(uploaded.picture, uploaded.width, uploaded.height), True
    if visit.state.like is None:
        return None
    record = served.library.get(visit.state.like)
    picture = picture_of_record(served, record)
    if picture is None:
        return None
    return _viewed(picture.data, picture.width, picture.height), picture.whole


def _viewed(jpeg: bytes, width: int, height: int) -> ViewedPicture:
    return ViewedPicture(jpeg=jpeg, words="the query", heading="Query", width=width, height=height)


def _look(served: Served, key: str) -> None:
    """Another frame or window was chosen."""
    visit = page_state.kept_visit()
    uploaded = visit.uploaded
    if uploaded is None or uploaded.token != key:
        return
    stored = served.library.spec.rendering
    shown = shown_of_widgets(uploaded.info, uploaded.shown, key, stored)
    try:
        looked = served.look(uploaded, shown)
    except RadalikeError as error:
        show_error(error)
        return
    page_state.go(lambda visit: shown_as(visit, looked))


def _set_region(fractions: Fractions | None) -> None:
    region = None if fractions is None else region_of(fractions)
    page_state.go(lambda visit: with_region(visit, region))


def region_of(fractions: Fractions) -> Region:
    """In steps of a ten-thousandth, as an address has room for; rounding leads not out of the
    image."""
    x, y, width, height = (round(each, 4) for each in fractions)
    return Region(x, y, min(width, round(1 - x, 4)), min(height, round(1 - y, 4)))


def _fractions(region: Region) -> Fractions:
    return region.x, region.y, region.width, region.height

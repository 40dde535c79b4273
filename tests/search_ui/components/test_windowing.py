from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from radalike.library.search.uploads import UploadInfo
from search_ui.components.windowing import has_looks, shown_of_widgets
from search_ui.searching.visit import Shown

RASTER = UploadInfo("raster", 1, 80, 96, "unknown", "unknown")
CT = UploadInfo(
    "dicom",
    20,
    512,
    512,
    "CT",
    "chest",
    window=(40.0, 400.0),
    values=(-1000.0, 2000.0),
    presets=("lung", "bone"),
)


def page(frame: int | None, window: tuple[float, float] | None, rendering: str) -> None:
    import streamlit as st

    from search_ui.components.windowing import shown_of_widgets, windowing
    from search_ui.searching.visit import Shown
    from tests.search_ui.components.test_windowing import CT

    def keep() -> None:
        st.session_state["shown"] = shown_of_widgets(CT, shown, "key", "stored-window")

    shown = st.session_state.get("shown", Shown(frame, window, rendering))
    windowing(CT, shown, "key", on_change=keep)


def opened(
    frame: int | None = None,
    window: tuple[float, float] | None = None,
    rendering: str = "stored-window",
) -> AppTest:
    kwargs = {"frame": frame, "window": window, "rendering": rendering}
    return AppTest.from_function(page, kwargs=kwargs).run()


def shown(page: AppTest) -> Shown:
    assert not page.exception
    found: Shown = page.session_state["shown"]
    return found


def test_what_there_is_to_choose() -> None:
    assert has_looks(CT)
    assert not has_looks(RASTER)
    assert has_looks(replace(RASTER, frames=2))
    assert has_looks(replace(RASTER, presets=("lung",)))


def test_without_widgets_nothing_changes() -> None:
    assert shown_of_widgets(RASTER, Shown(), "no-such-key", "stored-window") == Shown()


def test_the_middle_frame_is_shown_first_and_another_on_request() -> None:
    page = opened()
    assert page.slider[0].value == 11
    page.slider[0].set_value(1).run()
    assert shown(page) == Shown(frame=0)


@pytest.mark.parametrize("preset", CT.presets)
def test_a_preset_is_a_rendering(preset: str) -> None:
    page = opened()
    page.get("button_group")[0].set_value(preset).run()
    assert shown(page).rendering == preset
    page.get("button_group")[0].set_value("as stored").run()
    assert shown(page) == Shown(frame=10)


def test_an_own_window_starts_where_one_was() -> None:
    page = opened(rendering="lung")
    page.get("button_group")[0].set_value("own").run()
    assert shown(page).window == (-600.0, 1500.0)
    width = page.number_input("key-width")
    width.set_value(900).run()
    assert shown(page).window == (-600.0, 900.0)


def test_a_window_out_of_the_usual_is_shown_too() -> None:
    page = opened(window=(20_000.0, 60_000.0))
    assert not page.exception
    assert [each.value for each in page.number_input] == [20_000, 60_000]

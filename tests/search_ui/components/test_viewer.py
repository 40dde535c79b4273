from __future__ import annotations

import base64
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from radalike.errors import UsageError
from search_ui.components.viewer import (
    ViewedPicture,
    checked_region,
    region_from_browser,
    viewer,
)

JPEG = b"a JPEG file"
PICTURE = ViewedPicture("CT, chest", "Query", 4, 3, jpeg=JPEG)


def test_a_picture_is_sent_as_a_data_url() -> None:
    assert PICTURE.source == f"data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"


@pytest.mark.parametrize("url", ["/pictures/1", "media/1.jpg", "data:image/png;base64,AA=="])
def test_a_picture_may_be_at_a_url_of_this_server(url: str) -> None:
    assert ViewedPicture("CT", "Hit", 4, 3, url=url).source == url


@pytest.mark.parametrize(
    "url",
    ["https://example.org/1", "//example.org/1", r"\\example.org/1", r"/\example.org", "a:b"],
)
def test_nothing_is_loaded_from_elsewhere(url: str) -> None:
    with pytest.raises(UsageError, match="this server only"):
        ViewedPicture("CT", "Hit", 4, 3, url=url)


@pytest.mark.parametrize("sources", [{}, {"jpeg": JPEG, "url": "/1"}])
def test_a_picture_has_one_source(sources: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="either a JPEG file or a URL"):
        ViewedPicture("CT", "Hit", 4, 3, **sources)


@pytest.mark.parametrize(("width", "height"), [(0, 3), (4, 0), (-1, 3)])
def test_a_picture_has_a_size(width: int, height: int) -> None:
    with pytest.raises(UsageError, match="at least one pixel"):
        ViewedPicture("CT", "Hit", width, height, jpeg=JPEG)


@pytest.mark.parametrize("count", [0, 3])
def test_one_or_two_pictures_are_viewed(count: int) -> None:
    with pytest.raises(UsageError, match=f"one or two pictures, not {count}"):
        viewer([PICTURE] * count, key="viewer")


def test_a_region_as_the_browser_sends_it() -> None:
    assert region_from_browser({"region": [0, 0, 1, 1]}) == (0.0, 0.0, 1.0, 1.0)
    assert region_from_browser({"region": [0.25, 0.5, 0.5, 0.25]}) == (0.25, 0.5, 0.5, 0.25)
    assert region_from_browser({"region": None}) is None


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        "region",
        {},
        {"region": "0 0 1 1"},
        {"region": [0, 0, 1]},
        {"region": [0, 0, 1, 1, 1]},
        {"region": [0, 0, 1, "1"]},
        {"region": [0, 0, 1, None]},
        {"region": [0, 0, True, True]},
        {"region": {"0": 0, "1": 0, "2": 1, "3": 1}},
        {"region": [0, 0, 0, 1]},
        {"region": [0, 0, 1, 0]},
        {"region": [1, 0, 1e-6, 1]},
        {"region": [0.6, 0, 0.5, 1]},
        {"region": [0, 0.6, 1, 0.5]},
        {"region": [-0.1, 0, 0.5, 1]},
        {"region": [0, 0, math.nan, 1]},
        {"region": [0, 0, math.inf, 1]},
        {"region": [0, 0, 10**400, 1]},
    ],
)
def test_what_is_no_region_is_refused(sent: object) -> None:
    with pytest.raises(UsageError, match="does not lie in the picture"):
        region_from_browser(sent)


_NUMBERS = st.floats() | st.integers() | st.floats(0, 1)


@given(st.lists(_NUMBERS, min_size=4, max_size=4))
def test_what_is_taken_for_a_region_lies_in_the_picture(parts: list[float]) -> None:
    try:
        x, y, width, height = checked_region(parts)
    except UsageError:
        return
    assert min(x, y) >= 0
    assert min(width, height) > 0
    assert max(x + width, y + height) <= 1


@given(st.data(), st.integers(1, 4000))
def test_what_the_browser_rounds_stays_a_region(data: st.DataObject, pixels: int) -> None:
    """Edges between pixels, rounded to a millionth as region_marking.js does."""
    low = data.draw(st.integers(0, pixels - 1))
    size = data.draw(st.integers(1, pixels - low))
    x, width = round(low / pixels, 6), round(size / pixels, 6)
    assert region_from_browser({"region": [x, x, width, width]}) == pytest.approx(
        (x, x, width, width), abs=3e-6
    )


def test_a_page_shows_it() -> None:
    page = AppTest.from_file(str(Path(__file__).with_name("viewer_app.py"))).run()
    assert not page.exception
    (shown,) = page.get("bidi_component")
    data = json.loads(shown.proto.json)
    assert [picture["words"] for picture in data["pictures"]] == [
        "CT, chest",
        'MR" onload="alert(1)',
    ]
    assert (data["region"], data["drawsRegion"], data["height"]) == (None, True, 300)

"""The pages without a browser: what is on them, and what is done there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from search_ui.components.gallery import CardAction

SCRIPT = Path(__file__).parents[2] / "search_ui" / "script" / "run.py"


def open_page(folder: Path, patch: pytest.MonkeyPatch) -> AppTest:
    """A visitor of a server of the library in `folder`."""
    patch.setenv("RADALIKE_LIBRARY", str(folder))
    return AppTest.from_file(str(SCRIPT), default_timeout=120)


def run(page: AppTest, **params: str | list[str]) -> AppTest:
    """Go to an address: its parameters that are given, with those that are there."""
    for name, value in params.items():
        page.query_params[name] = value
    page.run()
    return fine(page)


def go_to(page: AppTest, path: str) -> AppTest:
    """Choose a page in the navigation, once one has been shown."""
    registered = page._registered_pages.items()
    page._page_hash = next(name for name, each in registered if each["url_pathname"] == path)
    return run(page)


def fine(page: AppTest) -> AppTest:
    assert not page.exception
    return page


def address(page: AppTest) -> dict[str, list[str]]:
    return {
        name: [value] if isinstance(value, str) else list(value)
        for name, value in page.query_params.items()
    }


def html(page: AppTest) -> str:
    return "\n".join(each.proto.body for each in page.get("html"))


def messages(page: AppTest) -> str:
    return "\n".join(each.value for each in (*page.error, *page.warning, *page.info))


def labels(page: AppTest) -> list[str]:
    """What the buttons say."""
    return [each.label for each in page.button]


def press(page: AppTest, label: str) -> AppTest:
    next(each for each in page.button if each.label == label).click().run()
    return fine(page)


def upload(page: AppTest, data: bytes) -> AppTest:
    page.file_uploader[0].upload("SECRET^NAME.dcm", data, "application/octet-stream").run()
    return fine(page)


# -- components of ours, which AppTest sees as what was sent to the browser ------------------------


def component(page: AppTest, key: str) -> dict[str, Any] | None:
    """What the component `key` was given, None where it is not on the page."""
    for each in page.get("bidi_component"):
        if each.key == key:
            sent: dict[str, Any] = json.loads(each.proto.json or each.proto.mixed.json)
            return sent
    return None


def shown(page: AppTest, key: str = "results") -> list[dict[str, Any]]:
    """The cards of a gallery, in order."""
    gallery = component(page, key)
    return [] if gallery is None else gallery["cards"]


def cards(page: AppTest, key: str = "") -> list[str]:
    """The ids of the cards: of gallery `key`, or else the results, or the examples."""
    return [each["id"] for each in shown(page, key or "results") or shown(page, key or "examples")]


def act(page: AppTest, action: CardAction | str, image: str, key: str = "results") -> AppTest:
    """Press a button of a card, as the browser tells the server of it."""
    gallery = next(each for each in page.get("bidi_component") if each.key == key)
    trigger = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{gallery.proto.id}__events")
    told = {"event": "act", "value": {"action": str(action), "id": image}}
    trigger.json_trigger_value = json.dumps([told])
    states = page._tree.get_widget_states()
    states.widgets.append(trigger)
    page._run(states)
    return fine(page)

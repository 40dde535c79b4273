from __future__ import annotations

import pytest

from search_ui.access.origin import is_own_form

_HOST = {"host": "search.example:8501"}


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"origin": "http://search.example:8501"}, True),
        ({"origin": "https://public.example"}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-origin", "origin": "https://public.example"}, True),
        ({}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "http://search.example"}, False),
        ({"origin": "http://[evil"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://search.example:8501"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "http://evil.example"}, False),
    ],
)
def test_forms_of_this_page_only(headers: dict[str, str], own: bool) -> None:
    assert is_own_form(_HOST | headers, "https://public.example") is own


def test_no_host_is_nobodys() -> None:
    assert not is_own_form({"origin": "null"}, "")

from __future__ import annotations

from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_ui.access.addresses import path_within, sign_in_address


@pytest.mark.parametrize("path", ["/", "/browse", "/?like=ab&modality=CT", "/a/b?q=%2F%2F#top"])
def test_paths_of_this_page_are_kept(path: str) -> None:
    assert path_within(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "browse",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "/\r\nSet-Cookie: a=b",
        "/é",
        "/" + "a" * 10_000,
        "/sign-in?next=/",
        "/sign-out",
    ],
)
def test_what_leads_elsewhere_leads_to_the_start(path: str) -> None:
    assert path_within(path) == "/"


@given(st.text(st.sampled_from("/\\:@?#.%\t\n evil"), max_size=12).map(lambda text: "/" + text))
def test_nothing_leads_to_another_host(path: str) -> None:
    # As browsers read it: backslashes as slashes, without tabs and line breaks.
    read = path_within(path).replace("\\", "/").replace("\t", "").replace("\n", "")
    assert urlsplit(urljoin("http://own.example/sign-in", read)).netloc == "own.example"


def test_the_sign_in_page_knows_where_to_go_then() -> None:
    assert sign_in_address("/") == "/sign-in"
    assert sign_in_address("//evil.example") == "/sign-in"
    query = urlsplit(sign_in_address("/?like=a&b=%20c")).query
    assert parse_qs(query) == {"next": ["/?like=a&b=%20c"]}

"""The empty page that Streamlit fills, with our title, and dark from the first moment.

Streamlit shows the theme that it remembers for the address of each page, else the one that the
system prefers. Reading rooms are dark: here dark is what is remembered at first, and what somebody
chooses in the menu of a page counts for all pages.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from search_ui.theme import DARK, LIGHT

HEAD_SCRIPT = (
    Path(__file__)
    .with_name("shell.js")
    .read_text(encoding="utf-8")
    .replace("LIGHT_COLOURS", json.dumps(dict(LIGHT)))
    .replace("DARK_COLOURS", json.dumps(dict(DARK)))
)
"""What the page runs before Streamlit begins."""


def shell_routes(paths: Iterable[str]) -> list[Route]:
    """The page itself and those at `paths`, without their slash."""
    from streamlit.file_util import get_static_dir

    empty = (Path(get_static_dir()) / "index.html").read_text(encoding="utf-8")
    page = shell_html(empty)

    def shell(_: Request) -> HTMLResponse:
        return HTMLResponse(page)

    return [Route(f"/{path}", shell, methods=["GET"]) for path in ("", *paths)]


def shell_html(empty: str) -> str:
    """Streamlit's empty page `empty` with what is ours."""
    return empty.replace("<head>", f"<head><script>{HEAD_SCRIPT}</script>", 1).replace(
        "<title>Streamlit</title>", "<title>Radalike</title>", 1
    )

"""The way to the pages: who looks, what they may see, and the page they are on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.commands.page_config import MenuItems

from radalike.access import Action
from radalike.errors import LibraryNotFound
from radalike.library.layout import Layout
from radalike.settings import load_settings
from search_ui import page_state
from search_ui.access.mode import SignIn, sign_in_mode
from search_ui.access.visitor import Visitor, current_visitor, sign_out_button
from search_ui.components.layout import rerun_when
from search_ui.components.messages import show_error
from search_ui.components.status_line import RESEARCH_USE, page_head
from search_ui.faults import told
from search_ui.opening import open_served
from search_ui.pages.audit import audit_page
from search_ui.pages.browse import browse_page
from search_ui.pages.evaluate import evaluate_page
from search_ui.pages.ingest import ingest_page
from search_ui.pages.library import library_page
from search_ui.pages.search import search_page
from search_ui.served import Served

_STYLE = Path(__file__).parent / "style.css"
_MENU: MenuItems = {
    "Get help": None,
    "Report a bug": None,
    "About": f"Radalike finds radiology images that look alike. {RESEARCH_USE}",
}
"""Without an item of ours Streamlit would not show its menu, where the theme is chosen."""

ShowPage = Callable[[Served, Visitor], None]


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page, and what somebody must be allowed to do to see it."""

    title: str
    path: str
    action: Action
    show: ShowPage


PAGES = (
    PageEntry("Search", "search", Action.SEARCH, search_page),
    PageEntry("Browse", "browse", Action.BROWSE, browse_page),
    PageEntry("Evaluate", "evaluate", Action.SEE_RUNS, evaluate_page),
    PageEntry("Ingest", "ingest", Action.INGEST, ingest_page),
    PageEntry("Library", "library", Action.SEE_LIBRARY, library_page),
    PageEntry("Audit", "audit", Action.AUDIT, audit_page),
)


def main() -> None:
    """One run of the script, for one visitor."""
    st.set_page_config(page_title="Radalike", layout="wide", menu_items=_MENU)
    st.html(_STYLE)
    settings = load_settings()
    folder = settings.library.absolute()
    try:
        with told():
            mode = sign_in_mode(settings)
            served = open_served(str(folder))
            visitor = current_visitor(served.library, mode)
            if visitor is not None:
                _navigate(served, visitor, mode)
    except LibraryNotFound as error:
        page_head("Radalike")
        show_error(error)
        rerun_when(lambda: Layout(folder).description.exists())


def _navigate(served: Served, visitor: Visitor, mode: SignIn) -> None:
    allowed = [entry for entry in PAGES if visitor.may(entry.action)]
    shown = {
        entry.title: st.Page(
            partial(entry.show, served, visitor),
            title=entry.title,
            url_path=entry.path,
            default=number == 0,
        )
        for number, entry in enumerate(allowed)
    }
    chosen = st.navigation(list(shown.values()), position="top")
    st.set_page_config(page_title=f"{chosen.title} · Radalike")
    page_head(f"Radalike {chosen.title.lower()}")
    if visitor.can_sign_out:
        with st.sidebar:
            st.caption(f"Signed in as {visitor.name}")
            sign_out_button(served.library, mode)
    page_state.arrive(chosen.url_path)
    with told():
        chosen.run()
    served.page_was_shown()


if __name__ == "__main__":
    main()

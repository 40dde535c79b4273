"""What Streamlit serves: the script of the pages, and what stands before and beside it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from radalike.settings import load_settings
from search_ui.access.mode import sign_in_mode
from search_ui.access.serving import middleware, routes, secrets
from search_ui.components.query_panel import SCROLL_UP
from search_ui.faults import unexpected
from search_ui.opening import opened_early
from search_ui.thumbnails import thumbnail_route

_settings = load_settings()
_mode = sign_in_mode(_settings)
_folder = _settings.library.absolute()

# Streamlit looks for this very assignment.
app = st.App(
    Path(__file__).parent / "script" / "run.py",
    routes=[thumbnail_route(_folder), *routes(_folder, _settings, _mode)],
    middleware=middleware(_folder, _settings, _mode, inline_scripts=(SCROLL_UP,)),
    secrets=secrets(_folder, _settings, _mode),
    lifespan=lambda _app: opened_early(str(_folder)),
    on_script_error=unexpected,
)

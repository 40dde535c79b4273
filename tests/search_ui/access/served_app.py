"""What the browser tests serve: the gate and the routes around a small page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from radalike.settings import load_settings
from search_ui.access.mode import sign_in_mode
from search_ui.access.serving import middleware, routes, secrets
from tests.search_ui.access.served_page import ALLOWED_SCRIPT

_settings = load_settings()
_mode = sign_in_mode(_settings)
_folder = _settings.library

app = st.App(
    Path(__file__).with_name("served_page.py"),
    routes=routes(_folder, _settings, _mode),
    middleware=middleware(_folder, _settings, _mode, inline_scripts=[ALLOWED_SCRIPT]),
    secrets=secrets(_folder, _settings, _mode),
)

"""How a widget is made to show what the state says."""

from __future__ import annotations

import streamlit as st


def hold(key: str, value: object) -> None:
    """Make the widget `key` show `value`. Only where it does not: to set it at every run would
    overrule a click that is still on its way."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value

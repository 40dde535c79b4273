"""Who did what, for auditors."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from radalike.access import Action
from radalike.library.audit.audit import AuditAction
from search_ui.access.visitor import Visitor
from search_ui.auditing.choice import Turned
from search_ui.auditing.entries import Verified, entry_page
from search_ui.auditing.export import exported, most_entries
from search_ui.components.audit import (
    choice_panel,
    entries_panel,
    export_buttons,
    verified_panel,
)
from search_ui.components.layout import heading
from search_ui.served import Served

_TOLD, _TURNED, _VERIFIED = "audit-told", "audit-turned", "audit-verified"


def audit_page(served: Served, visitor: Visitor) -> None:
    """Raises RadalikeError, for the router to show."""
    if not visitor.may(Action.AUDIT):
        return
    audit = served.library.audit
    _tell(served, visitor)
    heading("Who did what")
    choice = choice_panel()
    turned: Turned = st.session_state.get(_TURNED, Turned()).chosen(choice)
    st.session_state[_TURNED] = turned
    page = entry_page(audit, turned)
    with st.container(horizontal=True, gap="small", key="audit-tools"):
        verify = st.button(
            "Verify all entries", icon=":material/verified_user:", key="audit-verify"
        )
        export_buttons(
            most_entries(audit, choice),
            lambda kind: exported(audit, visitor.name, choice, kind),
        )
    if verify:
        _verify(served)
    if _VERIFIED in st.session_state:
        verified_panel(st.session_state[_VERIFIED])
    entries_panel(
        page,
        first=not turned.starts,
        on_newer=lambda: _turn(turned.newer()),
        on_older=lambda: _turn(turned if page.lowest is None else turned.older(page.lowest)),
    )


def _tell(served: Served, visitor: Visitor) -> None:
    """Reading the audit is an entry of it, once a visit; what cannot be written is not shown."""
    if st.session_state.get(_TOLD) == visitor.name:
        return
    served.library.audit.write(visitor.name, AuditAction.AUDIT_READ, how="page")
    st.session_state[_TOLD] = visitor.name


def _turn(turned: Turned) -> None:
    st.session_state[_TURNED] = turned


def _verify(served: Served) -> None:
    bar = st.progress(0.0, text="Verifying the audit…")

    def told(done: int, total: int) -> None:
        bar.progress(min(1.0, done / total) if total else 1.0, text=f"{done:,} of {total:,}")

    found = served.library.audit.verify(told)
    bar.empty()
    st.session_state[_VERIFIED] = Verified(found, datetime.now(UTC))

"""The audit: which entries are meant, and the entries."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from radalike.library.audit.audit import AuditAction
from search_ui.auditing.choice import Choice
from search_ui.auditing.entries import (
    ENTRY_COLUMNS,
    EntryPage,
    Verified,
    action_title,
    verified_in_words,
)
from search_ui.auditing.export import KINDS, MOST_EXPORTED
from search_ui.components.messages import escaped
from search_ui.components.table import table


def choice_panel() -> Choice:
    """The choice, as its fields say."""
    who, action, first, last = st.columns(4)
    with who:
        name = st.text_input("Who", key="audit-who", help="The whole name, as it is in the table.")
    with action:
        chosen = st.selectbox(
            "Action",
            list(AuditAction),
            index=None,
            placeholder="Any",
            format_func=action_title,
            key="audit-action",
        )
    with first:
        since = st.date_input("From (UTC)", value=None, key="audit-first")
    with last:
        until = st.date_input("To (UTC)", value=None, key="audit-last")
    record = st.text_input(
        "Record",
        key="audit-image",
        help="The id of an image: what was done with it. The table shows another name in its "
        "place, which is used nowhere else.",
    )
    return Choice(name or "", chosen, record or "", since, until)


def entries_panel(
    page: EntryPage, *, first: bool, on_newer: Callable[[], None], on_older: Callable[[], None]
) -> None:
    """first: whether these are the newest."""
    if not page.rows:
        st.caption("No entries are as chosen.")
    else:
        table(ENTRY_COLUMNS, page.rows, numeric=ENTRY_COLUMNS[:2], caption="Entries, newest first")
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Newer",
            icon=":material/chevron_left:",
            key="audit-newer",
            disabled=first,
            on_click=on_newer,
        )
        st.button(
            "Older",
            icon=":material/chevron_right:",
            key="audit-older",
            disabled=not page.more,
            on_click=on_older,
        )


def verified_panel(verified: Verified) -> None:
    heading, text = verified_in_words(verified)
    show = st.success if verified.intact else st.error
    show(f"**{escaped(heading)}.** {escaped(text)}")


def export_buttons(most: int, exported: Callable[[str], str]) -> None:
    """most: how many entries there are at most; `exported` makes a file of a kind of KINDS."""
    if most > MOST_EXPORTED:
        st.caption(
            f"There are up to {most:,} entries in this time: choose a shorter one to export "
            f"{MOST_EXPORTED:,} of them at most. `radalike audit export` writes any number."
        )
        return
    for kind, file in KINDS.items():

        def made(kind: str = kind) -> str:
            return exported(kind)

        st.download_button(
            f"Export as {kind}",
            made,
            file_name=f"radalike-audit.{file.suffix}",
            mime=file.mime,
            icon=":material/download:",
            on_click="ignore",
            key=f"audit-export-{kind}",
        )

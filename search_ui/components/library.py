"""A library in numbers, and the health of its index."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from radalike.library.status import Status
from search_ui.components.messages import escaped, show_warning
from search_ui.components.table import table
from search_ui.library_view.health import CLOSENESS_COLUMNS, CLOSENESS_NUMBERS, Verdict
from search_ui.library_view.overview import (
    DISK_COLUMNS,
    ENCODER_COLUMNS,
    ENCODER_NUMBERS,
    count_columns,
    count_rows,
    counts_of,
    disk_rows,
    encoder_rows,
    room_in_words,
    totals_in_words,
)
from search_ui.library_view.watch import Looked
from search_ui.times import at_title
from search_ui.words import field_title


def images_panel(looked: Looked) -> None:
    st.markdown(escaped(totals_in_words(looked.status)))
    st.caption(f"As it was {at_title(looked.at)} UTC.")
    counts = {name: each for name, each in counts_of(looked.status).items() if each}
    for column, (field, values) in zip(st.columns(3), counts.items(), strict=False):
        with column:
            columns = count_columns(field)
            table(
                columns,
                count_rows(field, values),
                numeric=columns[1:],
                caption=f"Images by {field_title(field).lower()}",
            )


def encoders_panel(status: Status) -> None:
    table(
        ENCODER_COLUMNS,
        encoder_rows(status),
        numeric=ENCODER_NUMBERS,
        caption="Encoders, and the images that have vectors of them",
    )


def verdict_panel(verdict: Verdict) -> None:
    show = {None: st.info, True: st.success, False: st.warning}[verdict.good]
    show(f"**{escaped(verdict.heading)}.** {escaped(verdict.text)}")


def closeness_panel(rows: Sequence[Sequence[str]]) -> None:
    table(
        CLOSENESS_COLUMNS,
        rows,
        numeric=CLOSENESS_NUMBERS,
        caption="Cosine similarity of images of this library to their nearest of another patient",
    )


def disk_panel(looked: Looked) -> None:
    short = room_in_words(looked)
    if short:
        show_warning("There is little room left", short)
    table(DISK_COLUMNS, disk_rows(looked), numeric=("Size",), caption="Room on disk")

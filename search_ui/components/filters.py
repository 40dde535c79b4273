"""Filters with live counts: what a page shows of the library, by every field that is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from search_ui.components.messages import escaped
from search_ui.components.widgets import hold
from search_ui.filtering.facet_choices import Choice, Facets
from search_ui.filtering.filter_state import KEYWORDS, NUMBERS, Filters, Span, span_of, values_of
from search_ui.words import count_title, field_title

_PILLS = ("modality", "anatomy", "sex", "laterality", "split")
_ALWAYS = ("modality", "anatomy")
_OFFERED = 200
"""Values that one list offers; of more, those that are typed for."""


def filters_panel(
    facets: Facets,
    filters: Filters,
    *,
    key: str,
    on_change: Callable[[], None],
    on_clear: Callable[[], None],
) -> None:
    """Widgets for `filters`; after a change `filters_of_widgets` has them."""
    for field in _ALWAYS:
        _choose(field, facets.choices[field], values_of(filters, field), key, on_change)
    others = [field for field in (*KEYWORDS, *NUMBERS) if field not in _ALWAYS]
    shown = [field for field in others if _is_known(facets, filters, field)]
    if shown:
        wanted = any(getattr(filters, field) for field in shown)
        with st.expander("More filters", expanded=wanted, key=f"{key}-more"):
            for field in shown:
                if field in NUMBERS:
                    _range(field, facets.numbers[field], span_of(filters, field), key, on_change)
                else:
                    _choose(field, facets.choices[field], values_of(filters, field), key, on_change)
    if filters:
        st.button(
            "Remove filters",
            icon=":material/filter_alt_off:",
            on_click=on_clear,
            key=f"{key}-clear",
        )


def filters_of_widgets(filters: Filters, key: str) -> Filters:
    """`filters` with what the widgets say now; a field without a widget stays as it was."""
    said = st.session_state
    changes: dict[str, Any] = {
        field: tuple(said[f"{key}-{field}"]) for field in KEYWORDS if f"{key}-{field}" in said
    }
    for field in NUMBERS:
        if f"{key}-{field}" in said:
            low, high = said[f"{key}-{field}"]
            whole = said.get(f"{key}-{field}-ends")
            changes[field] = Span() if (low, high) == whole else Span(low, high)
    return replace(filters, **changes)


def library_size(facets: Facets) -> str:
    """`76 of 1,420 images pass`, or how many there are."""
    total = count_title(facets.total, "image")
    return total if facets.passing == facets.total else f"{facets.passing:,} of {total} pass"


def _is_known(facets: Facets, filters: Filters, field: str) -> bool:
    known = facets.numbers[field] if field in NUMBERS else facets.choices[field]
    return bool(known) or bool(getattr(filters, field))


def _choose(
    field: str,
    choices: tuple[Choice, ...],
    chosen: tuple[str, ...],
    key: str,
    on_change: Callable[[], None],
) -> None:
    name = f"{key}-{field}"
    if field in _PILLS:
        words = {each.value: f"{escaped(each.title)} :gray[{each.count:,}]" for each in choices}
        hold(name, list(chosen))
        st.pills(
            field_title(field),
            list(words),
            selection_mode="multi",
            format_func=lambda value: words.get(value, value),
            key=name,
            on_change=on_change,
        )
        return
    offered = _offered(field, choices, chosen, key)
    counts = {each.value: f"{each.title} ({each.count:,})" for each in offered}
    hold(name, list(chosen))
    st.multiselect(
        field_title(field),
        list(counts),
        format_func=lambda value: counts.get(value, value),
        key=name,
        on_change=on_change,
        placeholder="Any",
    )


def _offered(
    field: str, choices: tuple[Choice, ...], chosen: tuple[str, ...], key: str
) -> list[Choice]:
    """Of very many values a page cannot send all each time: those most frequent, those chosen, and
    what is typed for."""
    if len(choices) <= _OFFERED:
        return list(choices)
    typed = st.text_input(
        f"Find a {field_title(field).lower()}",
        key=f"{key}-{field}-find",
        placeholder=f"{len(choices):,} of them: type a part of one",
    )
    return narrowed(choices, chosen, typed)


def narrowed(choices: tuple[Choice, ...], chosen: tuple[str, ...], typed: str) -> list[Choice]:
    """At most _OFFERED choices that hold all the words of `typed`, and those chosen."""
    words = typed.lower().split()
    found = [each for each in choices if all(word in each.title.lower() for word in words)]
    taken = [each for each in choices if each.value in chosen]
    return taken + [each for each in found if each.value not in chosen][:_OFFERED]


def _range(
    field: str,
    counts: Mapping[int, int],
    span: Span,
    key: str,
    on_change: Callable[[], None],
) -> None:
    ends = [*counts, *(end for end in (span.at_least, span.at_most) if end is not None)]
    low, high = min(ends), max(ends)
    if low == high:
        high = low + 1
    st.session_state[f"{key}-{field}-ends"] = (low, high)
    asked = (
        low if span.at_least is None else span.at_least,
        high if span.at_most is None else span.at_most,
    )
    hold(f"{key}-{field}", asked)
    held = sum(counts.values())
    st.slider(
        field_title(field),
        low,
        high,
        key=f"{key}-{field}",
        on_change=on_change,
        help=f"{count_title(held, 'image')} that pass the other filters say it; a range leaves "
        "out those that do not.",
    )

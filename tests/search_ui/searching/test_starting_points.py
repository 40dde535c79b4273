from __future__ import annotations

import pytest

from search_ui.filtering.filter_state import NO_FILTERS, Filters
from search_ui.searching.starting_points import starting_points
from search_ui.served import Served


def test_they_are_of_every_kind(served: Served) -> None:
    shown = starting_points(served, NO_FILTERS, 4)
    assert len({card.what for card in shown}) == 4
    assert all(card.picture and card.score is None for card in shown)


def test_they_pass_the_filters(served: Served) -> None:
    shown = starting_points(served, Filters(modality=("US",)), 50)
    assert [card.modality for card in shown] == ["Ultrasound"] * 6
    assert starting_points(served, Filters(modality=("MG",)), 50) == ()


def test_they_are_found_among_old_images_too(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.library.catalog, "part_metadata", lambda _part: [])
    shown = starting_points(served, Filters(modality=("US",)), 4)
    assert [(card.modality, card.score) for card in shown] == [("Ultrasound", None)] * 4

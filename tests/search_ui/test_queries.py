from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from radalike.errors import RecordNotFound, UsageError
from radalike.filters import eq
from radalike.library import Library
from search_ui.queries import (
    answer_in_words,
    examples,
    facets_of,
    filters_in_words,
    nothing_in_words,
    query_view,
    run_search,
)
from search_ui.search_state import SearchState
from search_ui.session import SearchSession
from search_ui.visit import Visit, similar_to, with_upload

Ids = dict[tuple[str, str], list[str]]
PngOf = Callable[[str, str, int], bytes]


def counts(library: Library, state: SearchState, field: str) -> dict[str, int]:
    return {each.value: each.count for each in facets_of(library, state).choices[field]}


def test_without_filters_every_image_is_counted(library: Library) -> None:
    facets = facets_of(library, SearchState())
    assert (facets.passing, facets.total) == (24, 24)
    assert counts(library, SearchState(), "modality") == {"CT": 12, "MR": 6, "US": 6}
    assert counts(library, SearchState(), "anatomy") == {"chest": 6, "brain": 12, "thyroid": 6}


def test_a_filter_counts_under_the_other_one_and_not_under_itself(library: Library) -> None:
    state = SearchState(modality=("CT",))
    assert facets_of(library, state).passing == 12
    assert counts(library, state, "modality") == {"CT": 12, "MR": 6, "US": 6}
    assert counts(library, state, "anatomy") == {"chest": 6, "brain": 6}


def test_both_filters(library: Library) -> None:
    state = SearchState(modality=("CT", "MR"), anatomy=("brain",))
    assert facets_of(library, state).passing == 12
    assert counts(library, state, "modality") == {"CT": 6, "MR": 6}
    assert counts(library, state, "anatomy") == {"chest": 6, "brain": 12}


def test_a_choice_that_nothing_passes_can_be_taken_back(library: Library) -> None:
    state = SearchState(modality=("US",), anatomy=("chest",))
    assert counts(library, state, "modality") == {"CT": 6, "US": 0}
    assert facets_of(library, state).passing == 0


@pytest.mark.parametrize("exact", [False, True])
def test_similar_images_are_of_the_same_kind(library: Library, ids: Ids, exact: bool) -> None:
    for (modality, anatomy), images in ids.items():
        state = SearchState(like=images[0], limit=5, exact=exact)
        answer = run_search(library, Visit(state))
        assert {card.id for card in answer.cards} == set(images[1:]), (modality, anatomy)
        assert all(card.picture for card in answer.cards)
        assert answer.backend == "exact"
        scores = [card.score for card in answer.cards if card.score is not None]
        assert scores == sorted(scores, reverse=True)
        assert len(scores) == 5


def test_a_card_in_words(library: Library, ids: Ids) -> None:
    first = ids["US", "thyroid"][0]
    card = run_search(library, Visit(SearchState(like=first, limit=5))).cards[0]
    assert card.what == "Ultrasound, thyroid"
    assert card.label in ("Disc 0", "Disc 1")


def test_filters_hold_for_every_result(library: Library, ids: Ids) -> None:
    query = ids["CT", "brain"][0]
    visit = Visit(SearchState(like=query, modality=("MR", "US"), limit=50))
    cards = run_search(library, visit).cards
    assert {card.id for card in cards} == set(ids["MR", "brain"]) | set(ids["US", "thyroid"])


def test_an_upload_finds_its_twin(library: Library, ids: Ids, png_of: PngOf) -> None:
    session = SearchSession(library)
    uploaded = session.uploaded_query(png_of("MR", "brain", 2))
    visit = with_upload(Visit(), uploaded)
    best = run_search(library, visit).cards[0]
    assert best.id in ids["MR", "brain"]
    assert best.score == pytest.approx(1.0, abs=1e-5)
    view = query_view(library, visit)
    assert view is not None
    assert (view.id, view.heading, view.details) == ("uploaded", "your image", "80 x 96 pixels")
    assert view.picture == uploaded.preview

    liked = similar_to(visit, best.id)
    assert best.id not in {card.id for card in run_search(library, liked).cards}
    view = query_view(library, liked)
    assert view is not None
    assert (view.id, view.heading) == (best.id, "MR, brain")
    assert view.picture == best.picture


def test_without_a_query_there_is_no_answer(library: Library) -> None:
    assert query_view(library, Visit()) is None
    with pytest.raises(UsageError):
        run_search(library, Visit())


def test_an_image_that_is_not_there(library: Library) -> None:
    visit = Visit(SearchState(like=str(uuid.uuid4())))
    with pytest.raises(RecordNotFound):
        run_search(library, visit)
    with pytest.raises(RecordNotFound):
        query_view(library, visit)


def test_examples_are_of_every_kind(library: Library) -> None:
    shown = examples(library, None, 4)
    assert len({card.what for card in shown}) == 4
    assert all(card.picture and card.score is None for card in shown)


def test_examples_pass_the_filters(library: Library) -> None:
    shown = examples(library, eq("modality", "US"), 50)
    assert [card.modality for card in shown] == ["Ultrasound"] * 6
    assert examples(library, eq("modality", "MG"), 50) == ()


def test_examples_are_found_among_old_images_too(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library.catalog, "part_metadata", lambda _part: [])
    shown = examples(library, eq("modality", "US"), 4)
    assert [(card.modality, card.score) for card in shown] == [("Ultrasound", None)] * 4


def test_answers_in_words(library: Library, ids: Ids) -> None:
    state = SearchState(
        like=ids["CT", "chest"][0], modality=("CT", "US"), anatomy=("chest",), limit=5
    )
    assert filters_in_words(state) == "CT or Ultrasound, Chest"
    answer, facets = run_search(library, Visit(state)), facets_of(library, state)
    words = answer_in_words(answer, state, facets)
    assert words == "5 most similar of 6 images (CT or Ultrasound, Chest)"
    assert answer_in_words(answer, SearchState(), facets_of(library, SearchState())) == (
        "5 most similar of 24 images"
    )


def test_nothing_in_words() -> None:
    filtered = SearchState(modality=("MG",))
    assert nothing_in_words(filtered)[0] == "No images pass these filters"
    liked = SearchState(like=str(uuid.uuid4()), modality=("MG",))
    assert nothing_in_words(liked)[0] == "No other images pass these filters"
    assert "no other images in this library" in nothing_in_words(SearchState(like=liked.like))[0]

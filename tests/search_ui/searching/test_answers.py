from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest

from radalike.errors import RecordNotFound, UsageError
from radalike.library.search.regions import Region
from search_ui.filtering.facet_choices import facets_of
from search_ui.filtering.filter_state import Filters, Span
from search_ui.searching.answers import (
    Answer,
    answer_in_words,
    far_in_words,
    nothing_in_words,
    query_view,
    run_search,
    upload_in_words,
)
from search_ui.searching.cards import Card
from search_ui.searching.search_state import SearchState
from search_ui.searching.visit import Visit, marked, similar_to, with_region, with_text, with_upload
from search_ui.served import Served
from tests.search_ui.pictures import PATIENTS, SLICES

Ids = dict[tuple[str, str], list[str]]
PngOf = Callable[[str, str, int], bytes]


def found(served: Served, state: SearchState) -> tuple[Card, ...]:
    return run_search(served, Visit(state), "").cards


@pytest.mark.parametrize("exact", [False, True])
def test_similar_images_are_of_the_same_kind(served: Served, ids: Ids, exact: bool) -> None:
    for (modality, anatomy), images in ids.items():
        state = SearchState(like=images[0], limit=5, exact=exact)
        answer = run_search(served, Visit(state), "")
        assert {card.id for card in answer.cards} == set(images[1:]), (modality, anatomy)
        assert all(card.picture for card in answer.cards)
        assert answer.backend == "exact"
        scores = [card.score for card in answer.cards if card.score is not None]
        assert scores == sorted(scores, reverse=True)
        assert len(scores) == 5


def test_a_card_in_words(served: Served, ids: Ids) -> None:
    first = ids["US", "thyroid"][0]
    card = run_search(served, Visit(SearchState(like=first, limit=5)), "").cards[0]
    assert card.what == "Ultrasound, thyroid"
    assert card.label in ("Disc 0", "Disc 1")


def test_filters_hold_for_every_result(served: Served, ids: Ids) -> None:
    query = ids["CT", "brain"][0]
    visit = Visit(SearchState(like=query, filters=Filters(modality=("MR", "US")), limit=50))
    cards = run_search(served, visit, "").cards
    assert {card.id for card in cards} == set(ids["MR", "brain"]) | set(ids["US", "thyroid"])


def test_an_upload_finds_its_twin(served: Served, ids: Ids, png_of: PngOf) -> None:
    uploaded = served.receive(png_of("MR", "brain", 2))
    visit = with_upload(Visit(), uploaded)
    best = run_search(served, visit, "").cards[0]
    assert best.id in ids["MR", "brain"]
    assert best.score == pytest.approx(1.0, abs=1e-5)
    view = query_view(served, visit)
    assert view is not None
    assert (view.id, view.heading, view.details) == ("uploaded", "your image", "80 x 96 pixels")
    assert view.picture == uploaded.picture

    liked = similar_to(visit, best.id)
    assert best.id not in {card.id for card in run_search(served, liked, "").cards}
    view = query_view(served, liked)
    assert view is not None
    assert (view.id, view.heading) == (best.id, "MR, brain")
    assert view.picture == best.picture


def test_without_a_query_there_is_no_answer(served: Served) -> None:
    assert query_view(served, Visit()) is None
    with pytest.raises(UsageError):
        run_search(served, Visit(), "")


def test_an_image_that_is_not_there(served: Served) -> None:
    visit = Visit(SearchState(like=str(uuid.uuid4())))
    with pytest.raises(RecordNotFound):
        run_search(served, visit, "")
    with pytest.raises(RecordNotFound):
        query_view(served, visit)


def test_answers_in_words(served: Served, ids: Ids) -> None:
    state = SearchState(
        like=ids["CT", "chest"][0],
        filters=Filters(modality=("CT", "US"), anatomy=("chest",)),
        limit=5,
    )
    answer, facets = run_search(served, Visit(state), ""), facets_of(served.library, state.filters)
    words = answer_in_words(answer, state, facets)
    assert words == "5 most similar of 6 images (CT or Ultrasound, Chest)"
    assert answer_in_words(answer, SearchState(), facets_of(served.library, Filters())) == (
        "5 most similar of 24 images"
    )


def test_nothing_in_words() -> None:
    filtered = SearchState(filters=Filters(modality=("MG",)))
    assert nothing_in_words(filtered)[0] == "No images pass these filters"
    liked = SearchState(like=str(uuid.uuid4()), filters=Filters(modality=("MG",)))
    assert nothing_in_words(liked)[0] == "No other images pass these filters"
    assert "no other images in this library" in nothing_in_words(SearchState(like=liked.like))[0]


def patient_of(served: Served, number: int) -> tuple[str, list[str]]:
    """The MR and the CT slices of a patient of the clinic."""
    listed = served.library.metadata().items()
    of = [(image, each) for image, each in listed if each.patient == f"{number:032x}"]
    mr = next(image for image, each in of if each.modality.value == "MR")
    return mr, [image for image, each in of if each.modality.value == "CT"]


def test_the_querys_patient_is_left_out_unless_asked_for(clinic: Served) -> None:
    _, (first, *others) = patient_of(clinic, 3)
    state = SearchState(like=first, limit=100, every_slice=True)
    assert not {card.id for card in found(clinic, state)} & set(others)
    same = {card.id for card in found(clinic, replace(state, same_patient=True))}
    assert set(others) <= same
    assert len(same) == PATIENTS * (SLICES + 1) + 2 - 1


def test_slices_of_a_series_are_one_result_unless_asked_for(clinic: Served) -> None:
    _, (first, *_) = patient_of(clinic, 3)
    filters = Filters(modality=("CT",))
    cards = found(clinic, SearchState(like=first, limit=100, filters=filters))
    assert len(cards) == PATIENTS - 1
    assert {card.folded for card in cards} == {SLICES - 1}
    each = found(clinic, SearchState(like=first, limit=100, filters=filters, every_slice=True))
    assert len(each) == (PATIENTS - 1) * SLICES
    assert {card.folded for card in each} == {0}


def test_copies_are_one_result(clinic: Served) -> None:
    mr, _ = patient_of(clinic, 1)
    copies = found(clinic, SearchState(like=mr, limit=100, filters=Filters(dataset=("copies",))))
    assert [card.folded for card in copies] == [1]


def test_a_card_says_why_it_passed_the_filters(clinic: Served) -> None:
    mr, _ = patient_of(clinic, 0)
    filters = Filters(
        modality=("CT",), sex=("F",), laterality=("L", "R"), age=Span(30, 45), labels=()
    )
    cards = found(clinic, SearchState(like=mr, limit=100, filters=filters))
    assert cards
    for card in cards:
        facts = dict(card.facts)
        assert card.why == (
            f"Laterality: {facts['Laterality']}",
            "Sex: Female",
            f"Age: {facts['Age']}",
        )
        assert 30 <= int(facts["Age"]) <= 45


def test_marks_move_the_answer(clinic: Served) -> None:
    mr, _ = patient_of(clinic, 0)
    visit = Visit(SearchState(like=mr, limit=100))
    plain = run_search(clinic, visit, "")
    wanted = next(card.id for card in plain.cards if card.modality == "CT")
    near = next(card.id for card in plain.cards if card.modality == "MR")
    visit = marked(marked(visit, wanted, relevant=True), near, relevant=False)
    refined = run_search(clinic, visit, "")
    assert refined.refined
    assert not plain.refined
    assert refined.threshold is None

    def first_ct(answer: Answer) -> int:
        return [card.modality for card in answer.cards].index("CT")

    assert first_ct(refined) < first_ct(plain)


def test_a_part_of_an_upload_is_another_query(served: Served, png_of: PngOf) -> None:
    whole = with_upload(Visit(), served.receive(png_of("CT", "chest", 2)))
    part = with_region(whole, Region(0, 0.5, 1, 0.5))
    scores = [run_search(served, each, "").nearest for each in (whole, part)]
    assert scores[0] == pytest.approx(1.0, abs=1e-5)
    assert scores[1] is not None
    assert scores[1] < 0.99


def test_whether_a_match_is_good_is_known_from_the_librarys_neighbours(
    clinic: Served, png_of: PngOf
) -> None:
    mr, _ = patient_of(clinic, 5)
    answer = run_search(clinic, Visit(SearchState(like=mr)), "")
    assert answer.threshold is not None
    assert answer.good_match
    far = run_search(clinic, with_upload(Visit(), clinic.receive(png_of("US", "thyroid", 1))), "")
    assert far.threshold == answer.threshold
    assert not far.good_match
    heading, said = far_in_words(far)
    assert heading == "No good match"
    assert f"{far.nearest:.3f}" in said
    assert f"{far.threshold:.3f}" in said


def test_in_a_small_library_nobody_knows_what_is_near(served: Served, ids: Ids) -> None:
    answer = run_search(served, Visit(SearchState(like=ids["CT", "chest"][0])), "")
    assert answer.threshold is None
    assert answer.good_match


def test_no_answer_is_not_a_bad_match() -> None:
    assert Answer((), "exact", "e", "f", 1.0, threshold=0.9).good_match


def test_words_as_the_query(served: Served) -> None:
    view = query_view(served, with_text(Visit(), "pleural effusion"))
    assert view is not None
    assert (view.id, view.picture, view.heading) == ("words", None, "“pleural effusion”")


def test_an_upload_in_words(served: Served, png_of: PngOf) -> None:
    uploaded = served.receive(png_of("CT", "chest", 0))
    frames = replace(
        uploaded,
        info=replace(uploaded.info, modality="CT", frames=20),
        shown=replace(uploaded.shown, frame=2),
    )
    assert upload_in_words(with_upload(Visit(), frames)) == "80 x 96 pixels, CT, frame 3 of 20"
    middle = replace(frames, shown=replace(frames.shown, frame=None))
    assert upload_in_words(with_upload(Visit(), middle)).endswith("frame 11 of 20")
    assert upload_in_words(Visit()) == ""

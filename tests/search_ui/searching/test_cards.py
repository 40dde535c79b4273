from __future__ import annotations

import uuid

from radalike.library import Library
from radalike.records import Hit
from search_ui.filtering.filter_state import Filters, Span
from search_ui.searching.cards import card_of, cards_of_hits
from search_ui.searching.details import detail_of
from search_ui.served import Served
from tests.search_ui.pictures import SLICES


def ct(library: Library, patient: int) -> list[str]:
    return [
        image
        for image, each in library.metadata().items()
        if each.patient == f"{patient:032x}" and each.modality.value == "CT"
    ]


def test_a_card_in_words(clinic: Served) -> None:
    card = card_of(clinic, clinic.library.get(ct(clinic.library, 4)[0]))
    assert (card.what, card.label, card.words) == ("CT, chest", "Nodule", "CT, chest, Nodule")
    assert card.picture is not None
    assert card.picture.startswith("/thumbnails/")
    assert card.score is None
    assert card.why == ()
    assert dict(card.facts) == {
        "Modality": "CT",
        "Anatomy": "Chest",
        "Organ": "Lung",
        "View": "axial",
        "Laterality": "Left",
        "Label": "CT/chest/nodule",
        "Sex": "Female",
        "Data set": "clinic",
        "Split": "Train",
        "Age": "40",
        "Year": "2014",
    }


def test_a_card_names_a_few_of_very_many_labels(clinic: Served) -> None:
    labels = [f"finding {number}" for number in range(1250)]
    (card,) = cards_of_hits(clinic, [Hit(str(uuid.uuid4()), 0.9, {"labels": labels})])
    assert card.label == ("Finding 0, Finding 1, Finding 2, Finding 3, Finding 4, and 1,245 more")
    assert len(card.labels) == 1250


def test_pseudonyms_are_on_no_card(clinic: Served) -> None:
    for image, metadata in clinic.library.metadata().items():
        written = repr(card_of(clinic, clinic.library.get(image)))
        assert metadata.patient is None or metadata.patient not in written
        assert metadata.series is None or metadata.series not in written


def test_why_says_what_of_it_passed(clinic: Served) -> None:
    record = clinic.library.get(ct(clinic.library, 4)[0])
    filters = Filters(
        modality=("CT",), labels=("CT/chest/nodule", "other"), sex=("F", "M"), year=Span(2010, None)
    )
    assert card_of(clinic, record, filters).why == (
        "Label: CT/chest/nodule",
        "Sex: Female",
        "Year: 2014",
    )


def test_a_hit_whose_record_was_erased_since_has_no_picture(clinic: Served) -> None:
    here, gone = ct(clinic.library, 1)[0], str(uuid.uuid4())
    cards = cards_of_hits(
        clinic, [Hit(gone, 0.9, {"modality": "CT"}), Hit(here, 0.8, {})], folded={here: 3}
    )
    assert [(card.id, card.picture is None, card.folded) for card in cards] == [
        (gone, True, 0),
        (here, False, 3),
    ]
    assert cards[0].what == "CT, unknown"


def test_an_image_has_its_series_and_study_beside_it(clinic: Served) -> None:
    first, *others = ct(clinic.library, 2)
    detail = detail_of(clinic, first)
    assert detail.picture is not None
    assert (detail.width, detail.height) == (80, 96)
    assert {card.id for card in detail.series} == {first, *others}
    assert [card.label for card in detail.series] == [
        f"Image {number} of {SLICES}" for number in range(1, SLICES + 1)
    ]
    assert sorted((each.modality, each.images) for each in detail.study) == [
        ("CT", SLICES),
        ("MR", 1),
    ]


def test_a_single_image_has_neither(clinic: Served) -> None:
    alone = next(i for i, each in clinic.library.metadata().items() if each.dataset == "copies")
    detail = detail_of(clinic, alone)
    assert (detail.series, detail.study) == ((), ())

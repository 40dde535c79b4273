"""What region a text names: a table of real ones, and what must not change the answer."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.records import Term
from radalike.vocabulary import (
    REGIONS,
    Place,
    anatomy_term,
    laterality_in_text,
    place_in_text,
    region_in_text,
)
from tests.radalike.vocabulary.texts import GROUPS, NAMED, NAMELESS


def test_the_table_is_long_enough_and_in_six_languages() -> None:
    assert len(NAMED) >= 150
    assert {"english", "german", "french", "spanish", "italian", "dutch"} <= GROUPS


@pytest.mark.parametrize(("text", "region", "organ"), NAMED)
def test_real_texts(text: str, region: str, organ: str | None) -> None:
    assert place_in_text(text) == Place(region, organ)


@pytest.mark.parametrize("text", NAMELESS)
def test_texts_that_name_no_region(text: str) -> None:
    assert region_in_text(text) is None


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("chest, history of knee surgery", "chest"),
        ("CT chest rule out brain metastases", "chest"),
        ("thyroid research knee coil", "thyroid"),
        ("MR shoulder feet first", "shoulder"),
        ("Knie re. mit Kniespule, Kopf voran", "knee"),
        ("brain with head coil", "brain"),
    ],
)
def test_what_misleads_is_cut_and_the_rest_is_read(text: str, region: str) -> None:
    assert region_in_text(text) == (region, None)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("chest abdomen", Place("multi")),
        ("head spine", Place("multi")),
        ("abdomen knee", Place("multi")),
        ("head brain", Place("brain")),
        ("chest heart", Place("heart")),
        ("neck thyroid", Place("thyroid")),
        ("liver abdomen", Place("abdomen_pelvis", "liver")),
        ("liver spleen", Place("abdomen_pelvis")),
        ("chest liver", Place("multi")),
        ("chest aorta", Place("chest", "aorta")),
        ("elbow hand", Place("upper_limb")),
        ("thigh knee", Place("knee")),
        ("hip knee ankle", Place("lower_limb")),
        ("shoulder knee", Place("shoulder")),
        ("knee shoulder", Place("knee")),
    ],
)
def test_several_places_in_one_text(text: str, place: Place) -> None:
    """`multi` only where the standard has a code for both together."""
    assert place_in_text(text) == place


@pytest.mark.parametrize("region", REGIONS)
def test_our_own_names_are_read_back(region: str) -> None:
    assert place_in_text(region) == Place(region)
    for organ in REGIONS[region].organs:
        if organ != "aorta":  # of the abdomen, unless the chest is named
            assert place_in_text(organ.upper()) == Place(region, organ)


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("A. femoralis rechts", "R"),
        ("V. femoralis re", "R"),
        ("A. tibialis", None),
        ("Knee Dr Reyes", None),
        ("LKNEE", "L"),
        ("RSHOULDER", "R"),
        ("KNEERT", "R"),
        ("Kniegelenkli", "L"),
    ],
)
def test_a_side_within_a_word_is_none_of_a_name_s_or_of_latin(text: str, side: str | None) -> None:
    assert laterality_in_text(text) == side


TEXTS = st.sampled_from([text for text, _, _ in NAMED] + NAMELESS)


@given(TEXTS, st.randoms(use_true_random=False))
def test_case_does_not_change_the_answer(text: str, random: object) -> None:
    expected = place_in_text(text)
    assert place_in_text(text.upper()) == expected
    assert place_in_text(text.lower()) == expected
    mixed = "".join(each.upper() if random.random() < 0.5 else each for each in text)  # type: ignore[attr-defined]
    assert place_in_text(mixed) == expected


@given(TEXTS)
def test_accents_do_not_change_the_answer(text: str) -> None:
    plain = "".join(
        each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each)
    )
    assert place_in_text(plain) == place_in_text(text)
    assert place_in_text(unicodedata.normalize("NFD", text)) == place_in_text(text)


@given(TEXTS, st.lists(st.sampled_from([" ", "  ", "\t", "_", "-", "/", "^", ", ", ".", " + "])))
def test_punctuation_and_white_space_do_not_change_the_answer(text: str, marks: list[str]) -> None:
    words = "".join(each if each.isalnum() else " " for each in text).split()
    marks = [*marks, *[" "] * len(words)]
    written = "".join(f"{mark}{word}" for mark, word in zip(marks, words, strict=False))
    for each in (written, f"{written}.", f"  {written}\n"):
        assert place_in_text(each) == place_in_text(text)
        assert laterality_in_text(each) == laterality_in_text(text)


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    place = place_in_text(text)
    assert place is None or place.region in REGIONS
    assert laterality_in_text(text) in (None, "L", "R", "B")


def test_a_text_of_a_megabyte_is_read_at_its_beginning() -> None:
    assert place_in_text("knee " + "x" * 1_000_000) == Place("knee")
    assert place_in_text("x" * 1_000_000 + " knee") is None


def test_the_first_candidate_that_names_a_region_wins() -> None:
    candidates = [("", "BodyPartExamined", 0.85), ("liver", "Protocol", 0.6), ("knee", "x", 0.6)]
    assert anatomy_term(candidates) == (Term("abdomen_pelvis", "Protocol", 0.6), "liver")
    assert anatomy_term([]) == (Term(), None)


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("KNEE LEFT", "L"),
        ("RT FOOT", "R"),
        ("HAND L", "L"),
        ("R HAND", "R"),
        ("RKNEE", "R"),
        ("left and right wrist", "B"),
        ("BILATERAL KNEES", "B"),
        ("Knie rechts", "R"),
        ("HAND LI", "L"),
        ("Knie re. seitlich", "R"),
        ("Hüften bds.", "B"),
        ("MAIN GAUCHE", "L"),
        ("Genou D", "R"),
        ("l'épaule droite", "R"),
        ("PIE IZQ", "L"),
        ("Rodilla der.", "R"),
        ("Ginocchio dx", "R"),
        ("Polso sx", "L"),
        ("Linker knie", "L"),
        ("US KIDNEY LEFT", "L"),
        ("CHEST", None),
        ("left lateral decubitus chest", None),
        ("Thorax links", None),
        ("L SPINE", None),
        ("l'épaule", None),
        ("MRT der Schulter", None),
        ("RODILLA SIN CONTRASTE", None),
        ("genou deux incidences", None),
        ("R/O fracture, hand", None),
        ("DX KNEE", None),
        ("left", None),
    ],
)
def test_side(text: str, side: str | None) -> None:
    assert laterality_in_text(text) == side


def test_a_side_alone_is_of_the_region_that_is_known_otherwise() -> None:
    assert laterality_in_text("links", Place("hip")) == "L"
    assert laterality_in_text("links", Place("abdomen_pelvis", "kidney")) == "L"
    assert laterality_in_text("links", Place("chest")) is None

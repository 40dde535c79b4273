"""The words of modalities and regions, as tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.errors import UnknownName
from radalike.records import UNKNOWN, Term
from radalike.vocabulary import (
    MODALITY_GROUPS,
    REGIONS,
    anatomy_term,
    filter_value,
    modality_term,
    region_in_text,
    region_of_code,
)


@pytest.mark.parametrize(
    ("word", "group"),
    [
        ("CT", "CT"),
        ("ct ", "CT"),
        ("Computed Tomography", "CT"),
        ("MRI", "MR"),
        ("mr", "MR"),
        ("IVUS", "US"),
        ("ultrasound", "US"),
        ("CR", "XR"),
        ("DX", "XR"),
        ("X-Ray", "XR"),
        ("MG", "MG"),
        ("PET", "PT"),
        ("SPECT", "NM"),
    ],
)
def test_modality(word: str, group: str) -> None:
    assert modality_term(word, "Modality") == Term(group, "Modality", 1.0)


@pytest.mark.parametrize("word", ["OT", "", None, "CT2", "SEG"])
def test_a_modality_that_is_none_of_ours_is_unknown(word: str | None) -> None:
    assert modality_term(word, "Modality") == Term(UNKNOWN, "none", 0.0)


@pytest.mark.parametrize(
    ("text", "region", "organ"),
    [
        ("CHEST", "chest", None),
        ("Thorax", "chest", None),
        ("TÓRAX", "chest", None),
        ("CT thorax w/o contrast", "chest", None),
        ("Lung", "chest", "lung"),
        ("lunge", "chest", "lung"),
        ("Abdomen/Pelvis", "abdomen_pelvis", None),
        ("abdomen_pelvis", "abdomen_pelvis", None),
        ("LIVER", "abdomen_pelvis", "liver"),
        ("foie", "abdomen_pelvis", "liver"),
        ("GB", "abdomen_pelvis", "gallbladder"),
        ("bile duct", "abdomen_pelvis", "cbd"),
        ("renal us", "abdomen_pelvis", "kidney"),
        ("Brain", "brain", None),
        ("Schädel", "head", None),
        ("SKULL", "head", None),
        ("C-Spine", "spine", None),
        ("CSPINE", "spine", None),
        ("Wirbelsäule", "spine", None),
        ("Hüfte", "hip", None),
        ("épaule", "shoulder", None),
        ("Hand/Wrist", "hand_wrist", None),
        ("CALCANEUS", "ankle_foot", None),
        ("mamma", "breast", None),
        ("cœur", "heart", None),
        ("MULTI", "multi", None),
        ("Whole body", "multi", None),
        ("WHOLEBODY", "multi", None),
        ("chest, history of knee surgery", "chest", None),
        ("thyroid research knee coil", "thyroid", None),
    ],
)
def test_region_in_text(text: str, region: str, organ: str | None) -> None:
    assert region_in_text(text) == (region, organ)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "axial 5 mm",
        "HEAD FIRST SUPINE",
        "feet first",
        "history of chest pain",
        "hx brain tumour",
        "knee coil",
        "chestnut",
        "orthopaedic",
    ],
)
def test_text_that_names_no_region(text: str) -> None:
    assert region_in_text(text) is None


@pytest.mark.parametrize("text", ["main series", "multi slice reconstruction", "multi planar"])
def test_everyday_words_of_a_description_name_no_region(text: str) -> None:
    """`main` is French for hand, and `multi` is a region only where it is the whole text."""
    assert region_in_text(text) is None


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("51185008", "chest"),
        ("T-D3000", "chest"),
        (" 12738006 ", "brain"),
        ("T-D4000", "abdomen_pelvis"),
        ("69748006", "thyroid"),
        ("0000", None),
        ("", None),
    ],
)
def test_region_of_code(code: str, region: str | None) -> None:
    assert region_of_code(code) == region


def test_no_code_and_no_word_means_two_regions() -> None:
    codes = [code for region in REGIONS.values() for code in region.codes]
    words = [word for region in REGIONS.values() for word in (*region.synonyms, *region.organs)]
    modalities = [word for words_ in MODALITY_GROUPS.values() for word in words_]
    for listed in (codes, words, modalities):
        assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("region", REGIONS)
def test_every_word_of_a_region_leads_to_it(region: str) -> None:
    assert region_in_text(region) == (region, None)
    for word in REGIONS[region].synonyms:
        assert region_in_text(word) == (region, None), word
    for organ in REGIONS[region].organs:
        found = region_in_text(organ.upper())
        assert found is not None
        assert found[0] == region


def test_the_first_candidate_that_names_a_region_wins() -> None:
    candidates = [("", "BodyPartExamined", 0.85), ("liver", "Protocol", 0.6), ("knee", "x", 0.6)]
    assert anatomy_term(candidates) == (Term("abdomen_pelvis", "Protocol", 0.6), "liver")
    assert anatomy_term([]) == (Term(), None)


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("modality", "ultrasound", "US"),
        ("modality", "dx", "XR"),
        ("modality", "Unknown", UNKNOWN),
        ("anatomy", "thorax", "chest"),
        ("anatomy", "lung", "chest"),
        ("anatomy", "UNKNOWN", UNKNOWN),
        ("labels", "Mass", "Mass"),
        ("dataset", "chest", "chest"),
    ],
)
def test_filter_value(name: str, value: str, stored: str) -> None:
    assert filter_value(name, value) == stored


@pytest.mark.parametrize(
    ("name", "value", "near"),
    [("modality", "CTT", "CT"), ("modality", "mrr", "MR"), ("anatomy", "chset", "chest")],
)
def test_an_unknown_filter_value_comes_with_the_nearest(name: str, value: str, near: str) -> None:
    with pytest.raises(UnknownName, match=f"unknown {name} '{value}'") as caught:
        filter_value(name, value)
    assert near in caught.value.data["nearest"]  # type: ignore[operator]


@given(st.text(max_size=40))
def test_any_text_is_read_without_an_error(text: str) -> None:
    found = region_in_text(text)
    assert found is None or found[0] in REGIONS
    assert modality_term(text, "x").value in {*MODALITY_GROUPS, UNKNOWN}

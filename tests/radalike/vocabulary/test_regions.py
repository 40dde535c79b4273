"""Codes of regions, held against the tables of the standard that pydicom carries."""

from __future__ import annotations

import pytest
from pydicom.sr._cid_dict import cid_concepts
from pydicom.sr._concepts_dict import concepts
from pydicom.sr._snomed_dict import mapping

from radalike.vocabulary import REGIONS, Place, place_in_text, place_of_code
from radalike.vocabulary.regions import PAIRED_ORGANS, PAIRED_REGIONS

NONE_OF_OURS = {"706342009", "66019005"}  # Phantom; Extremity
ANATOMY = {
    code: meaning
    for context in (4030, 4031)
    for keyword in cid_concepts[context]["SCT"]
    for code, (meaning, _) in concepts["SCT"][keyword].items()
}
"""Anatomy of CT, MR and PET, and common anatomic regions (PS3.16, CID 4030 and CID 4031)."""
MEANT_OTHERWISE = {
    "110861005",  # Esophagus, stomach and duodenum
    "128320002",  # Cranial venous system
    "706342009",
    "66019005",
}


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("816094009", Place("chest")),
        ("51185008", Place("chest")),
        ("T-D3000", Place("chest")),
        (" 12738006 ", Place("brain")),
        ("T-D4000", Place("abdomen_pelvis")),
        ("10200004", Place("abdomen_pelvis", "liver")),
        ("122494005", Place("spine", "cervical_spine")),
        ("416775004", Place("multi")),
        ("0000", None),
        ("", None),
    ],
)
def test_place_of_code(code: str, place: Place | None) -> None:
    assert place_of_code(code) == place


@pytest.mark.parametrize("code", ANATOMY)
def test_every_code_of_the_standard_s_list_has_its_place(code: str) -> None:
    assert (place_of_code(code) is None) == (code in NONE_OF_OURS)


@pytest.mark.parametrize("code", ANATOMY.keys() - MEANT_OTHERWISE)
def test_a_code_s_meaning_is_read_as_the_code(code: str) -> None:
    by_code, by_meaning = place_of_code(code), place_in_text(ANATOMY[code])
    assert by_code is not None
    assert by_meaning is not None
    assert by_meaning.region == by_code.region
    assert by_meaning.organ in (by_code.organ, None)


def test_no_code_is_of_two_places_and_old_codes_mean_what_new_ones_do() -> None:
    codes = [
        code
        for region in REGIONS.values()
        for listed in (region.codes, *region.organs.values())
        for code in listed
    ]
    assert len(set(codes)) == len(codes)
    for code in codes:
        today = mapping["SRT"].get(code)
        if today is not None and place_of_code(today) is not None:
            assert place_of_code(today) == place_of_code(code), code


def test_what_is_within_or_paired_exists() -> None:
    organs = {organ for region in REGIONS.values() for organ in region.organs}
    assert REGIONS.keys() >= PAIRED_REGIONS
    assert organs >= PAIRED_ORGANS
    for region in REGIONS.values():
        assert set(region.within) <= REGIONS.keys()

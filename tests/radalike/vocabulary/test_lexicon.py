"""The tables of words."""

from __future__ import annotations

import pytest

from radalike.vocabulary import REGIONS
from radalike.vocabulary.lexicon import lexicon, lexicon_of


def table(**words: dict[str, str]) -> dict[str, object]:
    return {"words": words}


def test_the_tables_agree_and_name_regions_and_organs_that_exist() -> None:
    for phrase, named in lexicon().places.items():
        assert named.place.region in REGIONS, phrase
        organ = named.place.organ
        assert organ is None or organ in REGIONS[named.place.region].organs, phrase


def test_a_word_that_means_two_places_is_refused() -> None:
    with pytest.raises(ValueError, match="kringel"):
        lexicon_of([table(knee={"region": "kringel"}), table(hip={"region": "kringel"})])


def test_what_is_cut_would_else_be_read() -> None:
    """A stop phrase that holds no word of ours does nothing, and should not be there."""
    assert lexicon().stop.sub("", "feet first") == ""
    assert lexicon().stop.sub("", "feet") == "feet"
    assert lexicon().stop.sub("", "knee hx of hip").strip() == "knee"

"""Every code of a rejected file is explained."""

from __future__ import annotations

import pytest

from radalike.errors import RejectCode
from radalike.library.ingesting.reject_codes import MEANINGS, meaning_of


@pytest.mark.parametrize("code", RejectCode)
def test_each_code_has_its_words(code: RejectCode) -> None:
    found = meaning_of(code.value)
    for sentence in (found.meaning, found.way_out):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert found.meaning != meaning_of("no such code").meaning


def test_no_two_codes_say_the_same() -> None:
    assert len({each.meaning for each in MEANINGS.values()}) == len(RejectCode)


def test_a_code_of_another_version() -> None:
    assert "Another version" in meaning_of("TooShiny").meaning

"""Pseudonyms and sealed places, under a library's own key."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.errors import LibraryError
from radalike.library.privacy.pseudonyms import Privacy, public_identity

OURS, THEIRS = Privacy(b"o" * 32), Privacy(b"t" * 32)


def test_a_pseudonym_is_the_same_in_one_library_and_another_in_the_next() -> None:
    one = OURS.pseudonym("patient", "MRN-1", "hospital")
    assert re.fullmatch("[0-9a-f]{32}", one)
    assert OURS.pseudonym("patient", "MRN-1", "hospital") == one
    others = {
        one,
        THEIRS.pseudonym("patient", "MRN-1", "hospital"),
        OURS.pseudonym("patient", "MRN-2", "hospital"),
        OURS.pseudonym("patient", "MRN-1", "clinic"),
        OURS.pseudonym("study", "MRN-1", "hospital"),
        OURS.pseudonym("patient", "MRN-1hospital"),
        OURS.pseudonym("patient", "MRN-1"),
    }
    assert len(others) == 7


def test_the_identifier_is_not_in_it() -> None:
    assert "4711" not in OURS.pseudonym("patient", "4711")
    assert "4711" not in OURS.identity("patient", "4711")


def test_an_identity_is_a_uuid_of_version_5() -> None:
    identity = OURS.identity("instance", "1.2.3", "0")
    assert uuid.UUID(identity).version == 5
    assert OURS.identity("instance", "1.2.3", "0") == identity
    assert OURS.identity("instance", "1.2.3", "1") != identity
    assert THEIRS.identity("instance", "1.2.3", "0") != identity


def test_a_public_identity_is_the_same_everywhere() -> None:
    assert public_identity("set", "a/b.png") == "b2ed3333-27e2-5481-b0d8-c9f0e4652a45"
    assert public_identity("seta", "/b.png") != public_identity("set", "a/b.png")


@given(st.text(st.characters(codec="utf-8"), max_size=50) | st.just("/a/\udcff\udc80.dcm"))
def test_what_is_sealed_can_be_unsealed(text: str) -> None:
    sealed = OURS.seal(text)
    assert OURS.unseal(sealed) == text
    assert OURS.seal(text) != sealed
    if len(text) > 4:
        assert text.encode("utf-8", "surrogateescape") not in sealed


def test_another_key_opens_nothing() -> None:
    with pytest.raises(LibraryError, match="another key") as caught:
        THEIRS.unseal(OURS.seal("/exports/Jane Doe"))
    assert "Jane" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 40])
def test_what_was_not_sealed(sealed: bytes) -> None:
    with pytest.raises(LibraryError):
        OURS.unseal(sealed)

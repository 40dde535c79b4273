from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.embedding_files.keys import KeySet, digest_of, key_of, leads_out


@pytest.mark.parametrize(
    ("filepath", "key"),
    [("CT/a.png", "CT/a.png"), ("./CT//a.png", "CT/a.png"), ("CT/./a.png", "CT/a.png")],
)
def test_paths_that_hdf5_takes_for_one_have_one_key(filepath: str, key: str) -> None:
    assert key_of(filepath) == key


def test_only_a_whole_component_leads_out() -> None:
    assert leads_out("CT/../a.png")
    assert leads_out("..")
    assert not leads_out("CT/a..png")
    assert not leads_out("...")


@given(st.lists(st.sampled_from("abcdefgh")))
def test_a_set_knows_what_was_added_and_what_was_added_twice(names: list[str]) -> None:
    keys = KeySet()
    for name in names:
        keys.add(digest_of(name))
    assert len(keys) == len(names)
    assert {name for name in "abcdefgh" if digest_of(name) in keys} == set(names)
    twice = {digest_of(name) for name, count in Counter(names).items() if count > 1}
    assert keys.repeated() == twice

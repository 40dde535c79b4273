from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.errors import RadalikeError, RecordNotFound, UnknownName, UsageError
from radalike.filters import all_of, any_of
from radalike.vocabulary import MODALITY_GROUPS, REGIONS
from search_ui.search_state import (
    LIMITS,
    SearchState,
    condition_of,
    from_params,
    own_params,
    to_params,
)

IMAGE = "592f1e05-2b45-509e-97c2-9fc706aed23b"


def some(values: Iterable[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from([*values, "unknown"]), unique=True).map(tuple)


STATES = st.builds(
    SearchState,
    like=st.none() | st.uuids().map(str),
    modality=some(MODALITY_GROUPS),
    anatomy=some(REGIONS),
    limit=st.sampled_from(LIMITS),
    exact=st.booleans(),
)


@given(STATES)
def test_an_address_brings_its_state_back(state: SearchState) -> None:
    assert from_params(to_params(state)) == state


@given(STATES)
def test_what_is_written_is_all_ours(state: SearchState) -> None:
    assert own_params(to_params(state)) == to_params(state)


NAMES = st.sampled_from(["like", "modality", "anatomy", "limit", "exact"])


@given(st.dictionaries(NAMES, st.lists(st.text())))
def test_any_address_is_a_state_or_one_of_our_errors(params: dict[str, list[str]]) -> None:
    with suppress(RadalikeError):
        assert from_params(params).limit in LIMITS


def test_nothing_asked_for_is_an_empty_address() -> None:
    assert to_params(SearchState()) == {}


def test_an_address_is_read_in_the_vocabularys_synonyms() -> None:
    state = from_params({"modality": ["mri", "MR"], "anatomy": ["Thorax"]})
    assert state == SearchState(modality=("MR",), anatomy=("chest",))


def test_other_parameters_are_left_alone() -> None:
    assert from_params({"embed": ["true"], "like": []}) == SearchState()
    assert own_params({"embed": ["true"], "like": [], "exact": ["1"]}) == {"exact": ["1"]}


def test_an_id_is_read_in_any_case() -> None:
    assert from_params({"like": [f" {IMAGE.upper()} "]}).like == str(uuid.UUID(IMAGE))


@pytest.mark.parametrize("path", ["/etc/passwd", "../key", "image.png"])
def test_an_address_never_names_a_file(path: str) -> None:
    with pytest.raises(RecordNotFound) as caught:
        from_params({"like": [path]})
    assert path not in str(caught.value)


def test_an_unknown_word_is_an_error() -> None:
    with pytest.raises(UnknownName, match="XYZ"):
        from_params({"modality": ["XYZ"]})


@pytest.mark.parametrize("limit", ["0", "7", "55", "-5", "many", "²"])
def test_a_limit_out_of_range_is_an_error(limit: str) -> None:
    with pytest.raises(UsageError):
        from_params({"limit": [limit]})


def test_conditions() -> None:
    state = SearchState(modality=("CT", "MR"), anatomy=("chest",))
    modality, anatomy = any_of("modality", ("CT", "MR")), any_of("anatomy", ("chest",))
    assert condition_of(SearchState()) is None
    assert condition_of(state) == all_of(modality, anatomy)
    assert condition_of(state, without="modality") == anatomy
    assert condition_of(state, without="anatomy") == modality

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.errors import RadalikeError, RecordNotFound, UnknownName, UsageError
from radalike.library.search.regions import Region
from radalike.vocabulary import MODALITY_GROUPS, REGIONS
from search_ui.filtering.filter_state import KEYWORDS, NUMBERS, Filters, Span
from search_ui.searching.search_state import (
    LIMITS,
    LONGEST_TEXT,
    SearchState,
    from_params,
    own_params,
    to_params,
)

IMAGE = "592f1e05-2b45-509e-97c2-9fc706aed23b"


def some(values: Iterable[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from([*values, "unknown"]), unique=True).map(tuple)


WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40).map(str.strip)
FREE = st.lists(WORDS.filter(bool), unique=True, max_size=3).map(tuple)
SPANS = st.lists(st.integers(0, 99_999), min_size=2, max_size=2).map(
    lambda ends: Span(min(ends), max(ends))
)
FILTERS = st.builds(
    Filters,
    modality=some(MODALITY_GROUPS),
    anatomy=some(REGIONS),
    **dict.fromkeys((each for each in KEYWORDS if each not in ("modality", "anatomy")), FREE),
    **dict.fromkeys(NUMBERS, SPANS),
)
# Corners in hundredths: what is drawn is rounded on its way into the address too.
REGION = st.builds(
    lambda x, y, width, height: Region(x / 100, y / 100, width / 100, height / 100),
    *(st.integers(0, 49), st.integers(0, 49), st.integers(1, 50), st.integers(1, 50)),
)
IDS = st.uuids().map(str)
STATES = st.builds(
    SearchState,
    like=st.none() | IDS,
    text=WORDS,
    region=st.none() | REGION,
    filters=FILTERS,
    limit=st.sampled_from(LIMITS),
    exact=st.booleans(),
    encoder=st.sampled_from(["", "dinov2-small"]),
    beside=st.sampled_from(["", "efficientnet-lite0"]),
    same_patient=st.booleans(),
    every_slice=st.booleans(),
    opened=st.none() | IDS,
)


@given(STATES)
def test_an_address_brings_its_state_back(state: SearchState) -> None:
    assert from_params(to_params(state)) == state


@given(STATES)
def test_what_is_written_is_all_ours(state: SearchState) -> None:
    assert own_params(to_params(state)) == to_params(state)


NAMES = st.sampled_from(
    [*KEYWORDS, *NUMBERS, "like", "text", "region", "limit", "exact", "encoder", "patient", "open"]
)


@given(st.dictionaries(NAMES, st.lists(st.text())))
def test_any_address_is_a_state_or_one_of_our_errors(params: dict[str, list[str]]) -> None:
    with suppress(RadalikeError):
        assert from_params(params).limit in LIMITS


def test_nothing_asked_for_is_an_empty_address() -> None:
    assert to_params(SearchState()) == {}


def test_an_address_is_read_in_the_vocabularys_synonyms() -> None:
    state = from_params({"modality": ["mri", "MR"], "anatomy": ["Thorax"]})
    assert state == SearchState(filters=Filters(modality=("MR",), anatomy=("chest",)))


def test_other_parameters_are_left_alone() -> None:
    assert from_params({"embed": ["true"], "like": []}) == SearchState()
    assert own_params({"embed": ["true"], "like": [], "exact": ["1"]}) == {"exact": ["1"]}


def test_an_id_is_read_in_any_case() -> None:
    assert from_params({"like": [f" {IMAGE.upper()} "]}).like == str(uuid.UUID(IMAGE))


@pytest.mark.parametrize("name", ["like", "open"])
@pytest.mark.parametrize("path", ["/etc/passwd", "../key", "image.png"])
def test_an_address_never_names_a_file(name: str, path: str) -> None:
    with pytest.raises(RecordNotFound) as caught:
        from_params({name: [path]})
    assert path not in str(caught.value)
    assert name in caught.value.hint


def test_an_unknown_word_is_an_error() -> None:
    with pytest.raises(UnknownName, match="XYZ"):
        from_params({"modality": ["XYZ"]})


@pytest.mark.parametrize("limit", ["0", "7", "55", "-5", "many", "²"])
def test_a_limit_out_of_range_is_an_error(limit: str) -> None:
    with pytest.raises(UsageError):
        from_params({"limit": [limit]})


@pytest.mark.parametrize(
    "region",
    ["10,10,50,50", "0,0,2,2", "0.5,0.5,0.6,0.1", "0,0,0,0", "a,b,c,d", "nan,0,1,1", "1,1"],
)
def test_a_region_that_is_none_is_an_error(region: str) -> None:
    with pytest.raises(UsageError):
        from_params({"like": [IMAGE], "region": [region]})


def test_words_are_cut_at_a_length_that_an_encoder_reads() -> None:
    assert len(from_params({"text": ["lung " * 1000]}).text) == LONGEST_TEXT


def test_every_option_has_a_name_in_the_address() -> None:
    said = to_params(
        SearchState(
            like=IMAGE,
            region=Region(0.25, 0, 0.5, 1),
            exact=True,
            limit=50,
            encoder="one",
            beside="two",
            same_patient=True,
            every_slice=True,
            opened=IMAGE,
            filters=Filters(sex=("F",), age=Span(40, None)),
        )
    )
    assert said == {
        "like": [IMAGE],
        "region": ["0.25,0,0.5,1"],
        "exact": ["1"],
        "limit": ["50"],
        "encoder": ["one"],
        "beside": ["two"],
        "patient": ["same"],
        "slices": ["each"],
        "open": [IMAGE],
        "sex": ["F"],
        "age": ["40.."],
    }

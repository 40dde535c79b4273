"""Encoders side by side: how much they agree, and that none ever answers from another's space."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from radalike.encoders import catalogue
from radalike.encoders.spec import EncoderSpec
from radalike.errors import InvalidVector, NoTextTower, UnknownName, UsageError
from radalike.filters import eq
from radalike.library import Library
from radalike.library.search.comparison import rank_biased_overlap
from radalike.library.search.queries import Text
from radalike.library.search.regions import Region
from radalike.settings import load_settings
from tests.ingest.small_encoder import CELLS
from tests.radalike.library.two_encoders import BANDS, add_vectors, library_of
from tests.radalike.pictures import image_inputs, picture

BOTH = (CELLS.id, BANDS.id)


# -- rank-biased overlap ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "two", "value"),
    [
        # By hand. Even lists (eq. 23): agreements 0, 1, 1 …: 0.1 x (0.9 + 0.81) + 0.9^3.
        ("abc", "bac", 0.1 * (0.9 + 0.81) + 0.9**3),
        ("abc", "abc", 1.0),
        ("abc", "xyz", 0.0),
        # Agreements 1, 1/2, then 1/2 for ever: 0.1 x 1 + 0.1 x 0.9 x 0.5 + 0.5 x 0.81.
        ("ab", "ax", 0.1 + 0.045 + 0.405),
        # Uneven: depths 2 and 3 of "a" are taken to agree as the first did.
        ("a", "abc", 1.0),
        ("a", "xa", 0.1 * 0.9 * 0.5 + 0.81 * 0.5),
        ("", "abc", 0.0),
        ("", "", 0.0),
    ],
)
def test_rank_biased_overlap_by_hand(one: str, two: str, value: float) -> None:
    assert rank_biased_overlap(one, two) == pytest.approx(value, abs=1e-12)
    assert rank_biased_overlap(two, one) == pytest.approx(value, abs=1e-12)


def test_published_values() -> None:
    """Of two independent implementations: dlukes/rbo, and changyaochen/rbo."""
    assert rank_biased_overlap("abcdefg", "bacdefg") == pytest.approx(0.9, abs=1e-12)
    assert rank_biased_overlap("abcdefg", "abcdefghijklmnopqrstuvwxyz") == pytest.approx(1.0)


RANKING = st.lists(st.integers(0, 12), unique=True, max_size=10).map(lambda ids: [*map(str, ids)])


@given(RANKING, RANKING)
def test_it_is_symmetric_and_between_0_and_1(one: list[str], two: list[str]) -> None:
    value = rank_biased_overlap(one, two)
    assert value == pytest.approx(rank_biased_overlap(two, one), abs=1e-12)
    assert -1e-12 <= value <= 1 + 1e-12


@given(RANKING.filter(lambda ids: len(ids) > 1))
def test_the_first_ranks_count_most(ids: list[str]) -> None:
    first_differs, last_differs = ["new", *ids[1:]], [*ids[:-1], "new"]
    assert rank_biased_overlap(ids, last_differs) > rank_biased_overlap(ids, first_differs)
    assert rank_biased_overlap(ids, ids) == pytest.approx(1)


# -- a library with vectors of both ----------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def known_by_name() -> Iterator[None]:
    with patch.object(
        catalogue, "ENCODERS", {**catalogue.ENCODERS, CELLS.id: CELLS, BANDS.id: BANDS}
    ):
        yield


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """30 images with vectors of CELLS, 24 of them also of BANDS; both are indexed."""
    path = tmp_path_factory.mktemp("both") / "library"
    images = list(image_inputs(30))
    with library_of(path, CELLS) as library:
        library.add(images)
        add_vectors(library, BANDS, images[:24])
        library.build_index()
        with library.using(BANDS.id) as other:
            other.build_index()
        yield library


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Library]]:
    """By encoder, a library that has vectors of that one only."""
    libraries = {}
    for spec, count in ((CELLS, 30), (BANDS, 24)):
        library = library_of(tmp_path_factory.mktemp(spec.id) / "library", spec)
        library.add(image_inputs(count))
        library.build_index()
        libraries[spec.id] = library
    yield libraries
    for library in libraries.values():
        library.close()


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("spec", [CELLS, BANDS], ids=lambda spec: spec.id)
def test_searching_with_one_never_mixes_with_the_other(
    spec: EncoderSpec, exact: bool, both: Library, alone: dict[str, Library]
) -> None:
    """The same hits and scores as where the other does not exist."""
    space, single = both.beside(spec.id), alone[spec.id]
    for number in (3, 4, 5):
        for condition in (None, eq("modality", "US")):
            query = picture("CT", number)
            found = space.search(query, 30, condition, exact=exact)
            expected = single.search(query, 30, condition, exact=exact)
            assert found.backend == expected.backend == ("exact" if exact else "edge")
            assert found.encoder == spec.id
            assert [hit.id for hit in found.hits] == [hit.id for hit in expected.hits]
            np.testing.assert_allclose(
                [hit.score for hit in found.hits], [hit.score for hit in expected.hits], atol=1e-6
            )
            assert [hit.payload for hit in found.hits] == [hit.payload for hit in expected.hits]


def test_side_by_side(both: Library, tmp_path: Path) -> None:
    path = tmp_path / "query.png"
    Image.fromarray(picture("US", 4)).save(path)
    for query in (path, picture("US", 4), list(both.metadata())[4]):
        found = both.compare(query, BOTH, 10, exact=True)
        assert [each.encoder for each in found.results] == list(BOTH)
        lists = [[hit.id for hit in each.hits] for each in found.results]
        for name, hits in zip(BOTH, lists, strict=True):
            expected = both.beside(name).search(query, 10, exact=True)
            assert hits == [hit.id for hit in expected.hits]
        (agreement,) = found.agreements
        shared = set(lists[0]) & set(lists[1])
        assert 0 < len(shared) < 10
        assert agreement.encoders == BOTH
        assert (agreement.shared, agreement.overlap) == (len(shared), len(shared) / 10)
        assert agreement.rank_biased_overlap == rank_biased_overlap(*lists)
        for name, hits in zip(BOTH, lists, strict=True):
            assert found.only(name) == tuple(each for each in hits if each not in shared)
        image = lists[1][0]
        expected_ranks = {BANDS.id: 1}
        if image in lists[0]:
            expected_ranks[CELLS.id] = lists[0].index(image) + 1
        assert found.ranks(image) == expected_ranks
        assert found.vectors == {"cells": 30, "bands": 24}


def test_lists_of_different_lengths(both: Library) -> None:
    found = both.compare(picture("CT", 3), BOTH, 30, exact=True)
    assert [len(each.hits) for each in found.results] == [30, 24]
    assert (found.agreements[0].shared, found.agreements[0].overlap) == (24, 24 / 30)
    assert len(found.only("cells")) == 6
    assert found.only("bands") == ()


def test_filters_regions_and_patients(both: Library) -> None:
    query, region = picture("XR", 5), Region(10, 10, 40, 40)
    options = {"exact": True, "exclude_patient": "patient-2"}
    found = both.compare(query, BOTH, 20, eq("modality", "XR"), region=region, **options)
    for result in found.results:
        expected = both.beside(result.encoder).search(
            np.ascontiguousarray(query[10:50, 10:50]), 20, eq("modality", "XR"), **options
        )
        assert [hit.id for hit in result.hits] == [hit.id for hit in expected.hits]
        assert {hit.payload["modality"] for hit in result.hits} == {"XR"}
        assert "patient-2" not in {hit.payload["patient"] for hit in result.hits}


def test_nothing_passes(both: Library) -> None:
    found = both.compare(picture("XR", 5), BOTH, 5, eq("modality", "MG"), exact=True)
    assert [each.hits for each in found.results] == [(), ()]
    assert found.agreements[0].overlap == found.agreements[0].rank_biased_overlap == 0


def test_each_model_is_loaded_once(both: Library) -> None:
    with Library.open(both.layout.root, settings=load_settings(encoder=CELLS.id)) as library:
        first = library.compare(picture("XR", 5), BOTH, 3, exact=True)
        models = [library.beside(name).encoder for name in BOTH]
        with patch("radalike.encoders.torch_encoder.load_encoder") as load:
            again = library.compare(picture("XR", 5), BOTH, 3, exact=True)
        load.assert_not_called()
        assert [library.beside(name).encoder for name in BOTH] == models
        assert [each.hits for each in again.results] == [each.hits for each in first.results]


@pytest.mark.parametrize(
    "encoders", [(), ("cells",), ("cells", "cells"), ("cells", "bands", "cells")]
)
def test_one_encoder_is_no_comparison(encoders: tuple[str, ...], both: Library) -> None:
    with pytest.raises(UsageError, match="two different encoders"):
        both.compare(picture("XR", 5), encoders)


def test_two_names_of_one_and_one_name_of_two(both: Library) -> None:
    one, other = (replace(each, id="checkpoint:mine") for each in (CELLS, BANDS))
    known = {"a/mine": one, "b/mine": other, "checkpoint:mine": one}
    with patch.object(catalogue, "ENCODERS", {**catalogue.ENCODERS, **known}):
        with pytest.raises(UsageError, match="two different encoders"):
            both.compare(picture("XR", 5), ("a/mine", "checkpoint:mine"))
        with pytest.raises(UsageError, match="two of them are called checkpoint:mine"):
            both.compare(picture("XR", 5), ("a/mine", "b/mine"))


def test_encoders_that_have_nothing_here(both: Library) -> None:
    with pytest.raises(UsageError, match="no vectors of efficientnet-lite0") as caught:
        both.compare(picture("XR", 5), ("cells", "efficientnet-lite0"))
    assert "radalike encode --encoder efficientnet-lite0" in caught.value.hint
    with pytest.raises(UnknownName, match="Did you mean cells"):
        both.compare(picture("XR", 5), ("cell", "bands"))


def test_a_vector_is_of_one_encoder_and_a_text_of_those_that_read(both: Library) -> None:
    with pytest.raises(InvalidVector, match="one encoder"):
        both.compare(np.ones(48, np.float32), BOTH)
    with pytest.raises(NoTextTower, match="cells"):
        both.compare(Text("left pleural effusion"), BOTH)

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.images import SEPARATOR, Column
from eval.relevance import RELEVANCES, Gain, Gains, relevance_of
from radalike.errors import UnknownName


def test_names_lead_to_columns() -> None:
    assert relevance_of("label").column == "label"
    assert relevance_of("organ").column == "organ"
    assert relevance_of("any-label").gain is Gain.ANY
    assert relevance_of("label-jaccard").column == "labels"


def test_an_unknown_relevance_names_the_known_ones() -> None:
    with pytest.raises(UnknownName) as caught:
        relevance_of("modalty")
    assert caught.value.data["nearest"] == ["modality"]
    assert not {"patient", "study", "series"} & set(RELEVANCES)
    assert {"label", "modality", "anatomy", "organ", "any-label"} <= set(RELEVANCES)


def test_classes_are_worth_one_or_nothing() -> None:
    gains = Gains(Column(np.array([0, 1]), ("a", "b")), Gain.SAME)
    given_ = gains.between(np.array([0, 0, 1, -1]), np.array([0, 1, 1, -1]))
    assert given_.tolist() == [True, False, True, False]


SETS = ("a", "a\nb", "b\nc\nd", "e")


def test_label_sets_by_hand() -> None:
    column = Column(np.array([0]), SETS)
    first, second = np.array([0, 1, 1, 0, -1]), np.array([1, 1, 2, 3, 1])
    assert Gains(column, Gain.ANY).between(first, second).tolist() == [
        True,
        True,
        True,
        False,
        False,
    ]
    jaccard = Gains(column, Gain.JACCARD).between(first, second)
    assert jaccard.tolist() == pytest.approx([1 / 2, 1, 1 / 4, 0, 0])


sets = st.lists(
    st.frozensets(st.integers(0, 200), min_size=1, max_size=6), min_size=1, max_size=8, unique=True
)


@given(sets)
def test_label_sets_are_what_python_says(drawn: list[frozenset[int]]) -> None:
    names = tuple(SEPARATOR.join(sorted(f"l{label}" for label in each)) for each in drawn)
    column = Column(np.arange(len(names)), names)
    codes = np.arange(len(names))
    any_, jaccard = (
        Gains(column, gain).between(codes[:, None], codes[None, :])
        for gain in (Gain.ANY, Gain.JACCARD)
    )
    for i, one in enumerate(drawn):
        for j, other in enumerate(drawn):
            assert any_[i, j] == bool(one & other)
            assert jaccard[i, j] == np.float32(len(one & other) / len(one | other))

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.ann.filters import FIELDS, Selectivity, choose_filters
from eval.images import SEPARATOR, Column, Images
from radalike.errors import InvalidSetting
from radalike.filters import all_of, eq


def column(values: Sequence[str | None]) -> Column:
    names = sorted({value for value in values if value is not None})
    codes = [-1 if value is None else names.index(value) for value in values]
    return Column(np.array(codes, dtype=np.int32), tuple(names))


def images_of(count: int, **values: Sequence[str | None]) -> Images:
    ids = np.array([f"{row:036}" for row in range(count)], dtype="S36")
    columns = {name: column(values.get(name, [None] * count)) for name in FIELDS}
    return Images(ids, columns, {})


def chosen(images: Images, *shares: float, least: int = 1) -> tuple[list[Selectivity], list[float]]:
    return choose_filters(images, np.ones(len(images), dtype=bool), shares, least)


HUNDRED = images_of(
    100,
    modality=["CT"] * 27 + ["MR"] * 73,
    sex=["F", "M"] * 50,
    labels=[SEPARATOR.join(["a", "b"])] * 2 + ["a"] * 8 + [None] * 90,
)


def test_the_nearest_value_is_taken() -> None:
    filters, missing = chosen(HUNDRED, 1.0, 0.25, 0.02)
    assert [str(each) for each in filters] == ["no filter", "modality=CT", "labels=b"]
    assert missing == []
    assert [each.condition for each in filters] == [None, eq("modality", "CT"), eq("labels", "b")]


def test_a_label_counts_in_every_set_that_has_it() -> None:
    """Ten images have `a`, two of them with `b`."""
    assert str(chosen(HUNDRED, 0.1)[0][0]) == "labels=a"


def test_two_values_at_once_where_none_is_near() -> None:
    """Of 40 percent of each, none is near 5; one of both is."""
    images = images_of(
        100, modality=["CT"] * 40 + ["MR"] * 60, sex=["F"] * 35 + ["M"] * 25 + ["F"] * 40
    )
    (only,), missing = chosen(images, 0.05)
    assert only.condition == all_of(eq("modality", "CT"), eq("sex", "M"))
    assert str(only) == "modality=CT and sex=M"
    assert missing == []


def test_a_label_and_another_field_at_once() -> None:
    images = images_of(
        100,
        labels=[SEPARATOR.join(["a", "b"])] * 30 + ["b"] * 20 + ["c"] * 50,
        sex=["F"] * 27 + ["M"] * 73,
    )
    assert str(chosen(images, 0.03)[0][0]) == "labels=a and sex=M"


def test_what_the_library_cannot_offer() -> None:
    filters, missing = chosen(HUNDRED, 0.0001, 0.5)
    assert [each.wanted for each in filters] == [0.5]
    assert missing == [0.0001]
    assert chosen(HUNDRED, 0.02, least=3) == ([], [0.02])


def test_a_filter_is_used_once() -> None:
    filters, missing = chosen(HUNDRED, 0.27, 0.26)
    assert [str(each) for each in filters] == ["modality=CT"]
    assert missing == [0.26]


def test_images_that_do_not_count() -> None:
    among = np.arange(100) >= 27
    filters, _ = choose_filters(HUNDRED, among, [1.0, 0.5], 1)
    assert str(filters[1]) in ("sex=F", "sex=M")  # no CT is left, and all are MR


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, float("nan")])
def test_a_share_that_is_none(share: float) -> None:
    with pytest.raises(InvalidSetting, match="of the images"):
        chosen(HUNDRED, share)


def test_no_filter_names_a_patient() -> None:
    assert not {"patient", "study", "series"} & set(FIELDS)


@given(
    st.lists(st.sampled_from(["CT", "MR", "US", None]), min_size=20, max_size=60),
    st.floats(0.01, 0.99),
)
def test_a_chosen_filter_is_near(modalities: list[str | None], share: float) -> None:
    count = len(modalities)
    filters, missing = chosen(images_of(count, modality=modalities), share)
    assert len(filters) + len(missing) == 1
    for each in filters:
        passing = modalities.count(each.terms[0][1])
        assert share / 2 <= passing / count * (1 + 1e-9)
        assert passing / count <= share * 2 * (1 + 1e-9)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.errors import UsageError
from search_ui.evaluation.place import Place, View, params_of, place_of

NUMBERS = st.none() | st.integers(1, 10**9 - 1)
PLACES = st.builds(
    Place,
    view=st.sampled_from(View),
    run=NUMBERS,
    beside=NUMBERS,
    failing=st.text(max_size=20),
    opened=st.none() | st.text(min_size=1, max_size=40),
)


@given(PLACES)
def test_an_address_leads_back_to_its_place(place: Place) -> None:
    assert place_of({name: [value] for name, value in params_of(place).items()}) == place


def test_the_first_place_has_no_parameters() -> None:
    assert params_of(Place()) == {}
    assert place_of({"utm": ["x"], "run": []}) == Place()


@pytest.mark.parametrize(
    "params", [{"view": "all"}, {"run": "last"}, {"run": "-1"}, {"beside": "9" * 30}]
)
def test_values_that_cannot_be(params: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        place_of({name: [value] for name, value in params.items()})

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.ann.opening import resolved
from eval.ann.settings import BACKENDS, Setting, default_settings, parse_setting
from radalike.errors import InvalidSetting, UnknownName
from radalike.index.backend import Storage, Tuning

TUNINGS = st.builds(
    Tuning,
    ef=st.none() | st.integers(1, 100_000),
    oversampling=st.none() | st.integers(4, 40).map(lambda quarters: quarters / 4),
    rescore=st.none() | st.booleans(),
)
SETTINGS = st.builds(
    Setting, st.sampled_from(["", *BACKENDS]), st.none() | st.sampled_from(Storage), TUNINGS
)


@given(SETTINGS)
def test_a_setting_s_name_is_read_as_it(setting: Setting) -> None:
    assert parse_setting(str(setting)) == setting


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("built", Setting()),
        ("exact", Setting("exact")),
        ("ef=64", Setting(tuning=Tuning(ef=64))),
        (" INT8 , Oversampling = 2 ", Setting("", Storage.INT8, Tuning(oversampling=2.0))),
        ("edge,binary,rescore=no", Setting("edge", Storage.BINARY, Tuning(rescore=False))),
    ],
)
def test_names(name: str, setting: Setting) -> None:
    assert parse_setting(name) == setting


@pytest.mark.parametrize("name", ["", "int9", "ef", "width=3", "rescore=maybe", "int8=2", "ef=1,,"])
def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises((UnknownName, InvalidSetting)) as caught:
        parse_setting(name)
    assert caught.value.hint


def test_the_nearest_name_is_said() -> None:
    with pytest.raises(UnknownName, match="Did you mean int8"):
        parse_setting("int-8")


@pytest.mark.parametrize("name", ["ef=0", "ef=-1", "ef=x", "oversampling=0.5", "oversampling=nan"])
def test_a_value_that_cannot_be(name: str) -> None:
    with pytest.raises(InvalidSetting):
        parse_setting(name)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_defaults_have_distinct_names(backend: str) -> None:
    settings = default_settings(backend)
    names = [str(setting) for setting in settings]
    assert [parse_setting(name) for name in names] == list(settings)
    assert len({resolved(setting, backend) for setting in settings}) == len(settings)
    assert names[0] == "exact"
    assert ("built" in names) == (backend != "exact")
    assert {resolved(setting, backend).backend for setting in settings} == {
        "edge": {"exact", "edge"},
        "server": {"exact", "edge", "server"},
        "exact": {"exact", "edge"},
    }[backend]


def test_what_a_setting_leaves_open() -> None:
    assert resolved(Setting(), "server") == Setting("server")
    assert resolved(Setting("edge"), "server") == Setting("edge", Storage.FLOAT16)
    assert resolved(parse_setting("exact,ef=3"), "edge") == Setting("exact")
    oversampled = resolved(parse_setting("int8,oversampling=2"), "edge")
    assert oversampled == Setting("edge", Storage.INT8, Tuning(oversampling=2.0, rescore=True))
    kept = resolved(parse_setting("int8,oversampling=2,rescore=no"), "edge")
    assert kept.tuning.rescore is False

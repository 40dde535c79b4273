"""The tree of errors, as its docstring draws it."""

from __future__ import annotations

import re

import pytest

from radalike import errors
from radalike.errors import ImageRejected, RadalikeError, RejectCode, UnknownName

WRONG_REQUEST = {
    "UsageError",
    "UnknownName",
    "DuplicateName",
    "InvalidFilter",
    "InvalidSetting",
    "InvalidManifest",
    "LibraryNotFound",
    "RecordNotFound",
    "DeviceUnavailable",
    "NoTextTower",
    "ImageRejected",
}


def drawn() -> dict[str, str]:
    """Parent by class, read from the drawing."""
    above = ["RadalikeError"]
    parents = {}
    for bars, name in re.findall(r"^([│├└─ ]*)[├└]── (\w+)", errors.__doc__ or "", re.MULTILINE):
        depth = len(bars) // 4 + 1
        above = [*above[:depth], name]
        parents[name] = above[depth - 1]
    return parents


def classes() -> dict[str, type[RadalikeError]]:
    return {
        name: value
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, RadalikeError)
    }


def test_the_drawing_is_the_tree() -> None:
    parents = {
        name: kind.__base__.__name__ if kind.__base__ else ""
        for name, kind in classes().items()
        if kind is not RadalikeError
    }
    assert drawn() == parents
    assert len(parents) > 20


def test_no_error_hides_a_built_in_one() -> None:
    import builtins

    assert not [name for name in classes() if hasattr(builtins, name)]


@pytest.mark.parametrize("name", sorted(classes()))
def test_exit_codes(name: str) -> None:
    assert classes()[name].exit_code == (2 if name in WRONG_REQUEST else 3)


def test_an_error_carries_its_way_out_and_its_data() -> None:
    error = RadalikeError("it broke", hint="mend it", file="x", row=3)
    assert str(error) == "it broke"
    assert error.hint == "mend it"
    assert error.data == {"file": "x", "row": 3}
    assert RadalikeError("it broke").hint == ""


def test_a_rejection_carries_its_code() -> None:
    error = ImageRejected(RejectCode.TRUNCATED, "it ends early", limit=1)
    assert error.code == "Truncated"
    assert str(error) == "it ends early"
    assert error.data == {"limit": 1}


def test_reject_codes_are_named_as_they_are_written() -> None:
    for code in RejectCode:
        assert code.value == "".join(word.capitalize() for word in code.name.split("_"))


def test_an_unknown_name_suggests_the_nearest() -> None:
    error = UnknownName("encoder", "efficientnet", ["efficientnet-lite0", "biomedclip"])
    assert str(error) == "unknown encoder 'efficientnet'. Did you mean efficientnet-lite0?"
    assert error.hint == "known: biomedclip, efficientnet-lite0"
    assert error.data == {"name": "efficientnet", "nearest": ["efficientnet-lite0"]}


def test_suggestions_do_not_mind_the_case() -> None:
    assert UnknownName("modality", "CTT", ["CT", "US"]).data["nearest"] == ["CT"]
    assert UnknownName("region", "CHSET", ["chest", "knee"]).data["nearest"] == ["chest"]


def test_an_unknown_name_far_from_all() -> None:
    error = UnknownName("label", "zzz", [f"label-{number:02}" for number in range(20)])
    assert str(error) == "unknown label 'zzz'."
    assert error.hint.endswith("label-11, …")
    assert error.data["nearest"] == []
    assert UnknownName("label", "x", []).hint == "there is no label yet"
    assert UnknownName("label", "x", ["y"], hint="look there").hint == "look there"

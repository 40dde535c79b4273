"""Filters from what is typed."""

from __future__ import annotations

import pytest

from radalike.cli.options import conditions_of, parse_conditions
from radalike.errors import InvalidFilter, UnknownName, UsageError
from radalike.filters import And, Filter, any_of, eq


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ([], None),
        (["split=train"], eq("split", "train")),
        (["modality=ultrasound"], eq("modality", "US")),
        (["anatomy=thorax"], eq("anatomy", "chest")),
        (["age=60"], eq("age", 60)),
        (["age=-3"], eq("age", -3)),
        ([" dataset = a=b "], eq("dataset", "a=b")),
        (["labels="], eq("labels", "")),
        (["modality=CT", "modality=mr"], any_of("modality", ["CT", "MR"])),
        (
            ["modality=CT", "split=test", "modality=MR"],
            And((any_of("modality", ["CT", "MR"]), eq("split", "test"))),
        ),
    ],
)
def test_conditions(typed: list[str], meant: Filter | None) -> None:
    assert parse_conditions(typed) == meant


def test_a_field_without_values_is_no_condition() -> None:
    assert conditions_of({"modality": [], "labels": ["mass"]}) == eq("labels", "mass")
    assert conditions_of({}) is None


@pytest.mark.parametrize(
    ("typed", "error", "said"),
    [
        ("CT", UsageError, "'CT' is no condition"),
        ("", UsageError, "is no condition"),
        ("modalty=CT", UnknownName, "Did you mean modality"),
        ("modality=CTX", UnknownName, "unknown modality 'CTX'"),
        ("anatomy=elephant", UnknownName, "unknown anatomy"),
        ("age=sixty", InvalidFilter, "age=sixty is not a whole number"),
        ("age=6.5", InvalidFilter, "not a whole number"),
    ],
)
def test_what_is_refused(typed: str, error: type[UsageError], said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        parse_conditions([typed])
    assert caught.value.hint

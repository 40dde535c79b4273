"""The record types and what of them goes into an index."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from radalike.records import PAYLOAD_FIELDS, FieldKind, Metadata, Term, payload_of

FULL = Metadata(
    dataset="set",
    modality=Term("CT", "Modality", 1.0),
    anatomy=Term("chest", "BodyPartExamined", 0.85),
    organ="lung",
    split="train",
    labels=("mass", "effusion"),
    view="axial",
    laterality="L",
    sex="F",
    age=0,
    year=2024,
    manufacturer="siemens",
    slice_thickness=1.25,
    contrast="yes",
    image_type="original",
    patient="p",
    study="s",
    series="t",
)


def test_every_payload_field_is_a_field_of_the_metadata() -> None:
    not_filtered_by = {"slice_thickness"}
    assert set(PAYLOAD_FIELDS) == {each.name for each in fields(Metadata)} - not_filtered_by


def test_the_payload_of_full_metadata_has_every_field() -> None:
    payload = payload_of(FULL)
    assert list(payload) == list(PAYLOAD_FIELDS)
    assert payload["modality"] == "CT"
    assert payload["anatomy"] == "chest"
    assert payload["labels"] == ["mass", "effusion"]
    assert payload["age"] == 0


def test_the_payload_leaves_out_what_is_not_known() -> None:
    assert payload_of(Metadata(dataset="set")) == {
        "modality": "unknown",
        "anatomy": "unknown",
        "dataset": "set",
    }


def test_payload_values_have_the_kind_of_their_field() -> None:
    kinds = {FieldKind.KEYWORD: str, FieldKind.INTEGER: int}
    for name, value in payload_of(FULL).items():
        field = PAYLOAD_FIELDS[name]
        assert isinstance(value, list) is field.many
        for each in value if field.many else [value]:
            assert type(each) is kinds[field.kind]


def test_records_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        FULL.age = 3  # type: ignore[misc]

"""A fingerprint changes with all that changes the vectors, and with nothing else."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any

import pytest

from radalike.encoders.catalogue import EFFICIENTNET_LITE0
from radalike.encoders.spec import EncoderSpec, Weights, fingerprint
from radalike.imaging.preprocessing import Preprocessing

SPEC = replace(EFFICIENTNET_LITE0, preprocessing=Preprocessing(224, (0.5,) * 3, (0.5,) * 3))

CHANGING: dict[str, Any] = {
    "family": "open_clip",
    "architecture": "tf_efficientnet_lite1",
    "dimension": 1281,
    "pooling": "max",
    "rendering": "percentiles",
    "adapts": EFFICIENTNET_LITE0,
    "tiles": "2x2",
    "configuration": "0123456789abcdef",
}
DESCRIPTIVE: dict[str, Any] = {
    "id": "other",
    "licence": "MIT",
    "source": "elsewhere",
    "has_text_tower": True,
    "citation": "someone",
    "study": "otherwise",
    "access": "ask",
}
PREPROCESSING: dict[str, Any] = {
    "size": 225,
    "mean": (0.5, 0.5, 0.4),
    "std": (0.5, 0.5, 0.4),
    "interpolation": "bilinear",
    "fit": "crop",
    "crop_fraction": 0.9,
    "scaling": "min-max",
    "centring": "down",
}


def test_every_field_is_one_or_the_other() -> None:
    nested = {"weights", "preprocessing"}
    assert {*CHANGING, *DESCRIPTIVE, *nested} == {field.name for field in fields(EncoderSpec)}
    assert set(PREPROCESSING) == {field.name for field in fields(Preprocessing)}


@pytest.mark.parametrize("name", CHANGING)
def test_what_changes_vectors_changes_the_fingerprint(name: str) -> None:
    changed = replace(SPEC, **{name: CHANGING[name]})
    assert fingerprint(changed) != fingerprint(SPEC)


@pytest.mark.parametrize("name", PREPROCESSING)
def test_preprocessing_changes_the_fingerprint(name: str) -> None:
    preprocessing = replace(SPEC.preprocessing, **{name: PREPROCESSING[name]})
    assert fingerprint(replace(SPEC, preprocessing=preprocessing)) != fingerprint(SPEC)


@pytest.mark.parametrize("name", DESCRIPTIVE)
def test_descriptions_do_not(name: str) -> None:
    assert fingerprint(replace(SPEC, **{name: DESCRIPTIVE[name]})) == fingerprint(SPEC)


def test_pinned_weights_are_what_their_sum_says_wherever_they_are() -> None:
    moved = replace(SPEC, weights=replace(SPEC.weights, location="/elsewhere.pth"))
    assert fingerprint(moved) == fingerprint(SPEC)
    other = replace(SPEC, weights=replace(SPEC.weights, sha256="0" * 64))
    assert fingerprint(other) != fingerprint(SPEC)


def test_weights_without_a_sum_are_told_by_place_and_revision() -> None:
    weights = Weights("/a.pth", None, "1")
    prints = {
        fingerprint(replace(SPEC, weights=each))
        for each in (weights, replace(weights, location="/b.pth"), replace(weights, revision="2"))
    }
    assert len(prints) == 3


def test_the_form() -> None:
    assert re.fullmatch("[0-9a-f]{16}", fingerprint(SPEC))


def test_a_fingerprint_once_given_stays() -> None:
    """Libraries out there hold vectors under it."""
    assert fingerprint(EFFICIENTNET_LITE0) == "e636832943d30b5b"

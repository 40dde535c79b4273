"""The encoders that are known by name, and the default one's pinned values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from radalike.encoders.base import Encoder
from radalike.encoders.catalogue import (
    DEFAULT_ENCODER,
    EFFICIENTNET_LITE0,
    catalogue,
    encoder_spec,
)
from radalike.encoders.spec import fingerprint
from radalike.encoders.weights import weights_path
from radalike.errors import DuplicateName, UnknownName
from radalike.records import Pixels


def test_an_unknown_encoder_comes_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean efficientnet-lite0") as caught:
        encoder_spec("EfficientNet_Lite")
    assert "radalike encoders list" in caught.value.hint


def test_a_name_is_given_once() -> None:
    other = replace(EFFICIENTNET_LITE0, dimension=3)
    with pytest.raises(DuplicateName, match="efficientnet-lite0"):
        catalogue(EFFICIENTNET_LITE0, other)
    assert catalogue(EFFICIENTNET_LITE0, replace(other, id="other")).keys() == {
        "efficientnet-lite0",
        "other",
    }


def test_the_default_is_installed() -> None:
    assert weights_path(encoder_spec(DEFAULT_ENCODER)).is_file()


def test_the_default_s_fingerprint_is_pinned() -> None:
    """Another fingerprint would orphan every embedding of every library there is."""
    assert fingerprint(EFFICIENTNET_LITE0) == "e636832943d30b5b"


def fixed_image() -> Pixels:
    """Drawn with whole numbers, so it is the same on every machine."""
    rows, columns = np.mgrid[0:300, 0:260]
    disc = (rows - 140) ** 2 + (columns - 120) ** 2 < 90**2
    drawn: Pixels = ((rows * 3 + columns * 5) % 97 + disc * 120).astype(np.uint8)
    return drawn


PINNED = (
    0, 0, 0.000462, 0, 0, 0.002121, 0.031541, 0.095026, 0, 0, 0, 0.028736, 0.008941, 0, 0.004692,
)  # fmt: skip
"""The first values; timm's own model, unfolded, gives the same."""


def test_the_default_s_values_are_pinned(encoder: Encoder) -> None:
    vector = encoder.encode([fixed_image()])[0]
    np.testing.assert_allclose(vector[: len(PINNED)], PINNED, rtol=0, atol=1e-4)

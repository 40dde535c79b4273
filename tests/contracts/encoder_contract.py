"""What every encoder must do. Subclass it where an `encoder` fixture gives the one to test."""

from __future__ import annotations

import numpy as np
import pytest
from torch import Tensor

from radalike.encoders.base import Encoder
from radalike.encoders.spec import fingerprint
from radalike.errors import InvalidVector
from radalike.imaging.preparation import prepare
from radalike.records import Pixels
from radalike.vectors import check_unit
from tests.radalike.pictures import picture

IMAGES: list[Pixels] = [
    picture("CT", 0),
    picture("US", 1, height=64, width=200),
    picture("XR", 2, height=31, width=17),
    np.dstack([picture("CT", 3), picture("US", 3), picture("XR", 3)]),
    np.zeros((20, 20), np.uint8),
]
"""Grey and colour, of several shapes, one of them black."""


class EncoderContract:
    def test_vectors_have_the_form_that_is_promised(self, encoder: Encoder) -> None:
        vectors = encoder.encode(IMAGES)
        assert vectors.shape == (len(IMAGES), encoder.spec.dimension)
        assert vectors.dtype == np.float32
        assert np.isfinite(vectors).all()
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        check_unit(vectors)

    def test_no_images_give_no_vectors(self, encoder: Encoder) -> None:
        assert encoder.encode([]).shape == (0, encoder.spec.dimension)

    def test_twice_is_the_same(self, encoder: Encoder) -> None:
        np.testing.assert_array_equal(encoder.encode(IMAGES), encoder.encode(IMAGES))
        np.testing.assert_array_equal(encoder.encode(IMAGES[:1]), encoder.encode(IMAGES[:1]))

    def test_alone_or_in_a_batch(self, encoder: Encoder) -> None:
        together = encoder.encode(IMAGES)
        for row, image in enumerate(IMAGES):
            np.testing.assert_allclose(encoder.encode([image])[0], together[row], atol=1e-4)

    def test_each_vector_is_its_own_image_s(self, encoder: Encoder) -> None:
        turned = encoder.encode(IMAGES[::-1])[::-1]
        np.testing.assert_allclose(turned, encoder.encode(IMAGES), atol=1e-4)
        assert len(np.unique(turned.round(4), axis=0)) == len(IMAGES)

    def test_more_images_than_a_batch_takes(
        self, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        together = encoder.encode(IMAGES)
        monkeypatch.setattr(encoder, "batch_size", 2)
        np.testing.assert_allclose(encoder.encode(IMAGES), together, atol=1e-4)

    def test_grey_is_colour_with_equal_channels(self, encoder: Encoder) -> None:
        grey = IMAGES[:2]
        colour = [np.dstack([image] * 3) for image in grey]
        np.testing.assert_array_equal(encoder.encode(grey), encoder.encode(colour))

    def test_prepared_images_need_no_more_preparation(self, encoder: Encoder) -> None:
        prepared = [prepare(image, encoder.spec.preprocessing) for image in IMAGES]
        np.testing.assert_array_equal(encoder.encode_prepared(prepared), encoder.encode(IMAGES))

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0])
    def test_features_without_a_direction_are_refused(
        self, value: float, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sound = encoder.embed
        (second,) = encoder.inputs([prepare(IMAGES[1], encoder.spec.preprocessing)])

        def broken(inputs: Tensor) -> Tensor:
            features = sound(inputs).clone()
            features[(inputs == second).all(dim=(1, 2, 3))] = value
            return features

        monkeypatch.setattr(encoder, "embed", broken)
        with pytest.raises(InvalidVector, match=f"1 of {len(IMAGES)}") as caught:
            encoder.encode(IMAGES)
        assert caught.value.data == {"rows": [1]}

    def test_its_fingerprint_is_its_spec_s(self, encoder: Encoder) -> None:
        assert encoder.fingerprint == fingerprint(encoder.spec)
        assert encoder.precision in ("float32", "float16", "bfloat16")

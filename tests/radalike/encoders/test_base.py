"""How the base of all encoders shares images out."""

from __future__ import annotations

from math import ceil
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from radalike.encoders.base import Encoder
from tests.radalike.encoders.tiny import tiny_spec


class Noting(Encoder):
    """Tells images by their level, and notes how many are encoded at once."""

    def __init__(self, batch_size: int, at_once: int) -> None:
        spec = tiny_spec("custom", "none", Path(), 2)
        super().__init__(spec, device="cpu", precision="float32", batch_size=batch_size)
        self.sizes: list[int] = []
        self._at_once = at_once

    @property
    def chunks_at_once(self) -> int:
        return self._at_once

    def embed(self, inputs: Tensor) -> Tensor:
        self.sizes.append(len(inputs))
        return inputs.flatten(1)[:, [0, -1]] + Tensor([3.0, 20.0])


@given(
    images=st.integers(1, 40),
    batch=st.integers(1, 16),
    at_once=st.integers(1, 4),
)
def test_images_are_shared_out_evenly_and_stay_in_order(
    images: int, batch: int, at_once: int
) -> None:
    levels = [np.full((32, 32), level, np.uint8) for level in range(images)]
    encoder = Noting(batch, at_once)
    vectors = encoder.encode_prepared(levels)
    assert sum(encoder.sizes) == images
    assert max(encoder.sizes) <= batch
    assert max(encoder.sizes) - min(encoder.sizes) <= 1
    rounds = ceil(images / (batch * at_once))
    assert len(encoder.sizes) == min(images, rounds * at_once)
    alone = np.concatenate([Noting(1, 1).encode_prepared([level]) for level in levels])
    np.testing.assert_array_equal(vectors, alone)

"""The `radalike` command with an encoder of the default's spec that needs no model.

It takes its time for each image, as a model does, but not the processor's.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from radalike.cli.main import run
from radalike.encoders.base import Encoder
from radalike.library import Library
from radalike.records import Pixels, Vectors
from radalike.vectors import normalised

if TYPE_CHECKING:
    from torch import Tensor

_SECONDS_PER_IMAGE = 0.006


class LightEncoder(Encoder):
    def embed(self, inputs: Tensor) -> Tensor:
        raise NotImplementedError

    def encode_prepared(self, images: Sequence[Pixels]) -> Vectors:
        """The first pixels of a row in the middle, repeated."""
        time.sleep(_SECONDS_PER_IMAGE * len(images))
        out = np.ones((len(images), self.spec.dimension), dtype=np.float32)
        for row, image in enumerate(images):
            flat = image.reshape(len(image), -1)
            out[row] += np.resize(flat[len(flat) // 2].astype(np.float32), self.spec.dimension)
        return normalised(out)


def _light(library: Library, precision: str = "") -> Encoder:
    return LightEncoder(library.spec, device="cpu", precision="float32", batch_size=32)


if __name__ == "__main__":
    Library.load_encoder = _light  # type: ignore[assignment, method-assign]
    Library.require_weights = lambda _: None  # type: ignore[method-assign]
    run()

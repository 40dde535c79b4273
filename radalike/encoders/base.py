"""The encoder seam.

An implementation has a spec and one batch method, `embed`: (n, 3, h, w) inputs to (n, d)
features; one with a text tower has `embed_text` beside it, into the same space. The base does the
rest: it builds inputs from prepared pixels, takes any number of images in chunks, normalises, and
refuses a vector that is not finite or has no direction.
Encoding the same image twice gives the same vector.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from radalike.encoders.spec import EncoderSpec, fingerprint
from radalike.errors import NoTextTower, OutOfMemory, UsageError
from radalike.imaging.preparation import prepare
from radalike.imaging.preprocessing import Preprocessing
from radalike.records import Pixels, Vectors
from radalike.vectors import normalised

if TYPE_CHECKING:
    from torch import Tensor


Chunk = TypeVar("Chunk")
Result = TypeVar("Result")

_log = logging.getLogger(__name__)
_AT_ONCE = 2  # batches in the background: while one ends on some cores, the next is on the others


class Encoder(ABC):
    """`device` and `precision` say how this instance computes; they do not change the meaning."""

    def __init__(self, spec: EncoderSpec, *, device: str, precision: str, batch_size: int) -> None:
        self.spec = spec
        self.device = device
        self.precision = precision
        self.batch_size = batch_size
        self._background = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="encoding")
        self.fingerprint = fingerprint(spec)

    @abstractmethod
    def embed(self, inputs: Tensor) -> Tensor:
        """(n, 3, h, w) inputs of `self.precision` on `self.device` to (n, d) features of any
        norm."""

    def embed_text(self, texts: Sequence[str]) -> Tensor:
        """(n, d) features of any norm, in the space of `embed`. Raises NoTextTower."""
        raise NoTextTower(
            f"{self.spec.id} knows images only, no text",
            hint="`radalike encoders list` shows which have a text tower; `radalike encode "
            "--encoder ID` adds one to a library",
            encoder=self.spec.id,
        )

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        """`texts` to (n, d) unit vectors, comparable with those of images.

        Raises NoTextTower, UsageError for an empty text.
        """
        if not all(text.strip() for text in texts):
            raise UsageError("an empty text", hint="say in a few words what is to be found")
        return normalised(self.embed_text(texts).float().cpu().numpy())

    def encode(self, images: Sequence[Pixels]) -> Vectors:
        """Rendered `images` of any size to (n, d) unit vectors."""
        return self.encode_prepared([prepare(image, self.spec.preprocessing) for image in images])

    def encode_prepared(self, images: Sequence[Pixels]) -> Vectors:
        """Images that are already at the input's size (see `prepare`) to (n, d) unit vectors.

        A batch that is too large for the memory is halved, from then on.
        Raises InvalidVector when the model gives one that is not finite, or zero; OutOfMemory.
        """
        if not images:
            return np.empty((0, self.spec.dimension), dtype=np.float32)
        while True:
            size = self.batch_size
            chunks = self._chunks(images, size)
            try:
                return normalised(np.concatenate(self.map_chunks(self._features, chunks)))
            except (RuntimeError, MemoryError) as exc:
                self._halve_batch(size, exc)

    def _chunks(self, images: Sequence[Pixels], most: int) -> list[Sequence[Pixels]]:
        """`images` in chunks of at most `most`, as equal as can be and as many for each of those
        that work at the same time, so that none is left with a large one at the end."""
        rounds = ceil(len(images) / (most * self.chunks_at_once))
        count = min(len(images), rounds * self.chunks_at_once)
        edges = [number * len(images) // count for number in range(count + 1)]
        return [images[start:end] for start, end in pairwise(edges)]

    def _halve_batch(self, size: int, error: Exception) -> None:
        """After a batch of `size` ran out of memory. Raises OutOfMemory when it was one image, and
        `error` when it is another one."""
        from radalike.encoders.memory import is_exhausted

        if not is_exhausted(error):
            raise error
        if size == 1:
            raise OutOfMemory(
                f"{self.spec.id} does not fit into the memory of {self.device}, not even for one "
                "image",
                hint="free some memory, take another device (--device), or a smaller encoder",
                encoder=self.spec.id,
            ) from error
        if self.batch_size == size:  # else another thread has met it, too
            self.batch_size = size // 2
            _log.warning("out of memory with %d images at once: going on with %d", size, size // 2)

    def encode_in_background(self, images: Sequence[Pixels]) -> Future[Vectors]:
        """What `encode_prepared` gives or raises, later; the caller can go on meanwhile."""
        return self._background.submit(self.encode_prepared, images)

    @property
    def chunks_at_once(self) -> int:
        """How many chunks `map_chunks` works on at the same time."""
        return 1

    def map_chunks(
        self, function: Callable[[Chunk], Result], chunks: Sequence[Chunk]
    ) -> list[Result]:
        """`function` of each chunk, in order; a device can have a better way than one by one."""
        return [function(chunk) for chunk in chunks]

    def _features(self, images: Sequence[Pixels]) -> Vectors:
        import torch

        with torch.inference_mode():
            features = self.embed(self.inputs(images))
            result: Vectors = features.float().cpu().numpy()
            return result

    def inputs(self, images: Sequence[Pixels]) -> Tensor:
        """Prepared uint8 images as a normalised (n, 3, h, w) tensor of `precision` on the device.

        Filled channel-last, which is the memory order the convolutions want.
        """
        import torch

        preprocessing = self.spec.preprocessing
        size = preprocessing.size
        corner = preprocessing.fit == "corner"
        whole_levels = self._whole_levels
        shape = (len(images), size, size, 3)
        filled = (np.zeros if corner else np.empty)(shape, dtype=whole_levels.dtype)
        for image, whole in zip(images, filled, strict=True):
            row = whole[: image.shape[0], : image.shape[1]] if corner else whole
            levels = whole_levels
            if preprocessing.scaling == "min-max":
                levels = self._levels(int(image.min()), int(image.max()))
            if image.ndim == 2 and not corner:
                np.take(levels, image, axis=0, out=row, mode="clip")
            elif image.ndim == 2:
                row[...] = levels[image]
            else:
                for channel in range(3):
                    row[..., channel] = np.take(levels[:, channel], image[..., channel])
        numbers = torch.from_numpy(filled).view(getattr(torch, self.precision))
        return numbers.permute(0, 3, 1, 2).to(self.device)

    @cached_property
    def _whole_levels(self) -> npt.NDArray[Any]:
        return self._levels(0, 255)

    def _levels(self, least: int, greatest: int) -> npt.NDArray[Any]:
        """`_normalised_levels` in `precision`, by their bits: numpy has no bfloat16."""
        import torch

        levels = _normalised_levels(self.spec.preprocessing, least, greatest)
        rounded = torch.from_numpy(levels).to(getattr(torch, self.precision))
        whole_numbers = torch.int32 if rounded.itemsize == 4 else torch.int16
        bits: npt.NDArray[Any] = rounded.view(whole_numbers).numpy()
        return bits


def _normalised_levels(preprocessing: Preprocessing, least: int, greatest: int) -> Vectors:
    """(256, 3): what each of the 256 levels is to the model, per channel, when `least` is 0 and
    `greatest` is 1. One pass over the pixels where scaling, subtracting and dividing are four."""
    levels = np.arange(256, dtype=np.float32)[:, None] - np.float32(least)
    levels /= np.float32(max(greatest - least, 1))
    mean = np.asarray(preprocessing.mean, dtype=np.float32)
    std = np.asarray(preprocessing.std, dtype=np.float32)
    return (levels - mean) / std

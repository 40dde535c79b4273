"""How many images an encoder takes at once: what suits the device, within its memory."""

from __future__ import annotations

from collections.abc import Callable

_USUAL_INPUT = 256  # pixels; up to here, a batch for the processor's caches fits into any memory
_SHARE = 0.5  # of what is free: the rest is for decoders, parts and whatever else runs
_MOST = {"cpu": 8}  # small enough that what a layer leaves is still in the cache for the next
_MOST_ELSEWHERE = 256


def most_at_once(device: str) -> int:
    return _MOST.get(device, _MOST_ELSEWHERE)


def unmeasured(device: str, size: int) -> int:
    """A batch size for inputs of `size` pixels that is safe without a look at the memory."""
    area = max(size / _USUAL_INPUT, 1) ** 2
    usual = 8 if device == "cpu" else 64
    return max(1, int(usual / area))


def needs_measuring(device: str, size: int) -> bool:
    return device != "cpu" or size > _USUAL_INPUT


def fitting(
    bytes_of: Callable[[int], int | None], free: int | None, *, most: int, batches: int = 1
) -> int | None:
    """The largest power of two up to `most` of which `batches` fit into half of what is free.

    bytes_of: what a batch of so many images takes. Two small ones tell what an image takes. None
    where memory is not counted; 1 where not even that fits, which the caller will be told.
    """
    one, two = bytes_of(1), bytes_of(2)
    if free is None or one is None or two is None:
        return None
    each = max(two - one, one // 2, 1)
    size = 1
    while size * 2 <= most and batches * each * size * 2 <= free * _SHARE:
        size *= 2
    return size

"""The batch that fits into the memory, found by measuring two small ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from radalike.encoders.batch_size import fitting, most_at_once, needs_measuring, unmeasured

GIB = 1024**3


def linear(fixed: int, each: int) -> Callable[[int], int]:
    return lambda count: fixed + count * each


@pytest.mark.parametrize(
    ("free", "most", "batches", "expected"),
    [
        (16 * GIB, 256, 1, 8),  # half of it is for others: 8 GiB
        (16 * GIB, 4, 1, 4),
        (16 * GIB, 256, 2, 4),
        (3 * GIB, 256, 1, 1),
        (0, 256, 1, 1),
        (10**15, 256, 1, 256),
    ],
)
def test_as_many_as_fit_into_half_of_what_is_free(
    free: int, most: int, batches: int, expected: int
) -> None:
    assert fitting(linear(0, GIB), free, most=most, batches=batches) == expected


def test_what_every_batch_takes_whatever_its_size_is_not_counted_by_the_image() -> None:
    assert fitting(linear(GIB // 4, GIB // 2), 16 * GIB, most=256) == 16


def test_a_second_image_that_seems_to_cost_nothing_is_not_believed() -> None:
    """The allocator had room left of before: half of the first is taken for the next."""
    assert fitting(lambda _count: GIB, 16 * GIB, most=256) == 16


@pytest.mark.parametrize(("taken", "free"), [(None, GIB), (1, None)])
def test_where_memory_is_not_counted(taken: int | None, free: int | None) -> None:
    assert fitting(lambda _count: taken, free, most=8) is None


def test_a_large_input_takes_a_smaller_batch_unmeasured() -> None:
    assert [unmeasured("cpu", size) for size in (32, 224, 256, 512, 1024)] == [8, 8, 8, 2, 1]
    assert unmeasured("cuda:0", 224) == 64
    assert unmeasured("cuda:0", 1024) == 4
    assert most_at_once("cpu") < most_at_once("cuda")


def test_the_usual_input_is_not_measured_on_the_processor() -> None:
    assert not needs_measuring("cpu", 224)
    assert needs_measuring("cpu", 1024)
    assert needs_measuring("cuda", 224)

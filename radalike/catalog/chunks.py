"""Long lists in pieces that a database takes as the parameters of one statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

AT_ONCE = 500
"""Values of one IN list: every database takes that many."""

T = TypeVar("T")


def chunks(values: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """`values` in order, at most `size` (1 or more) at a time; the last piece can be shorter."""
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk

"""How deep the sequences of a dataset are nested, found without recursion.

Sequences of undefined length are read by pydicom at once, by recursion that Python itself ends
after some 200 levels; those of defined length are still bytes, and are walked here as bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from radalike.errors import ImageRejected, RejectCode

MAX_NESTING = 64

_PIXELS = 0x7FE00000
_UNDEFINED = 0xFFFFFFFF
_ITEM = {"<": b"\xfe\xff\x00\xe0", ">": b"\xff\xfe\xe0\x00"}
_END_OF_SEQUENCE = {"<": b"\xfe\xff\xdd\xe0", ">": b"\xff\xfe\xe0\xdd"}
_LONG = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
"""Representations whose length takes four bytes, after two that are empty (PS3.5 7.1.2)."""


def check_nesting(dataset: Dataset) -> None:
    """Raise ImageRejected (ResourceLimit) where sequences are nested more than MAX_NESTING deep."""
    _, little = dataset.original_encoding
    order = ">" if little is False else "<"
    item = _ITEM[order]
    pending = [(dataset, 0)]
    while pending:
        holder, depth = pending.pop()
        for element in holder.values():  # as they were read: nothing is converted
            value = element.value
            if isinstance(value, Sequence):
                _check(depth + 1)
                pending += [(each, depth + 1) for each in value]
            elif type(value) is bytes and value[:4] == item and element.tag < _PIXELS:
                _check(depth + 1)
                # Each level has an item: few items cannot be deep.
                if depth + value.count(item) > MAX_NESTING:
                    _check_bytes(value, depth + 1, order)


def _check(depth: int) -> None:
    if depth > MAX_NESTING:
        raise ImageRejected(
            RejectCode.RESOURCE_LIMIT, "its sequences are nested too deep", limit=MAX_NESTING
        )


def _check_bytes(value: bytes, depth: int, order: str) -> None:
    """Walk the items of a sequence. Items themselves need no bookkeeping: only sequences that
    begin and end change the depth."""
    tag, short, long = (Struct(order + form).unpack_from for form in ("HH", "H", "I"))
    item, closing = _ITEM[order], _END_OF_SEQUENCE[order]
    ends: list[float] = []  # where each open sequence ends; infinity: at its delimiter
    at, size = 0, len(value)
    while at + 8 <= size:
        while ends and at >= ends[-1]:
            ends.pop()
        if tag(value, at)[0] == 0xFFFE:
            if value[at : at + 4] == closing and ends:
                ends.pop()
            at += 8
            continue
        kind, start, length = _header(value, at, short, long)
        if length == _UNDEFINED and kind in (b"OB", b"OW"):
            found = value.find(closing, start)
            at = size if found < 0 else found + 8
        elif length == _UNDEFINED or value[start : start + 4] == item:
            ends.append(float("inf") if length == _UNDEFINED else start + length)
            _check(depth + len(ends))
            at = start
        else:
            at = start + length


def _header(
    value: bytes, at: int, short: Callable[..., tuple[int]], long: Callable[..., tuple[int]]
) -> tuple[bytes, int, int]:
    """(representation, start of the value, its length) of the element at `at`; the representation
    is empty where it is implicit."""
    kind = value[at + 4 : at + 6]
    if not (kind.isalpha() and kind.isupper()):
        return b"", at + 8, long(value, at + 4)[0]
    if kind in _LONG:
        if at + 12 > len(value):
            return kind, len(value), 0
        return kind, at + 12, long(value, at + 8)[0]
    return kind, at + 8, short(value, at + 6)[0]

"""Reading attributes of datasets that may hold anything: what cannot be read is absent.

Values are converted when they are read, so every kind of nonsense shows up here: no charset, no
number, text where a sequence should be. Nothing is raised and nothing is said of the values.
"""

from __future__ import annotations

import math
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence as Items

MOST_CHARACTERS = 128
"""What is read of a text: a name of a region is not longer."""
_MOST_VALUES = 16
_UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
    OSError,
    EOFError,
    struct.error,
    BytesLengthException,
    RecursionError,
)


@contextmanager
def silent() -> Iterator[None]:
    """pydicom warns about values with the values themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def value_of(dataset: Dataset, keyword: str) -> Any:
    """The attribute's value as pydicom converts it, None when it is absent or cannot be read."""
    try:
        return dataset.get(keyword)
    except _UNREADABLE:
        return None


def whole_text(dataset: Dataset, keyword: str) -> str:
    """The attribute's text, all of it; empty when it is absent or cannot be read."""
    value = value_of(dataset, keyword)
    try:
        return "" if value is None else str(value).strip("\0 ")
    except _UNREADABLE:
        return ""


def texts(dataset: Dataset, keyword: str) -> list[str]:
    """The attribute's first values, each cut at MOST_CHARACTERS."""
    value = value_of(dataset, keyword)
    if value is None or isinstance(value, bytes | Items):
        return []
    several = isinstance(value, MultiValue | list | tuple)
    found = []
    for each in list(value)[:_MOST_VALUES] if several else [value]:
        try:
            found.append(str(each)[:MOST_CHARACTERS].strip("\0 "))
        except _UNREADABLE:
            continue
    return found


def text(dataset: Dataset, keyword: str) -> str:
    """The attribute's values as one text, cut at MOST_CHARACTERS; empty when there is none."""
    return "\\".join(texts(dataset, keyword))[:MOST_CHARACTERS]


def numbers(dataset: Dataset, keyword: str) -> list[float]:
    """The attribute's first values as numbers; none when one of them is none, or not finite."""
    try:
        found = [float(each) for each in texts(dataset, keyword)]
    except ValueError:
        return []
    return found if all(math.isfinite(each) for each in found) else []


def items(dataset: Dataset, keyword: str) -> Sequence[Dataset]:
    """The items of a sequence; none where it is absent or something else stands in its place."""
    value = value_of(dataset, keyword)
    return list(value[:_MOST_VALUES]) if isinstance(value, Items) else []


def group_items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """The items of sequence `keyword` in the functional groups: the shared ones, else those of the
    first frame (PS3.3 C.7.6.16)."""
    for groups in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for group in items(dataset, groups)[:1]:
            found = items(group, keyword)
            if found:
                return list(found)
    return []

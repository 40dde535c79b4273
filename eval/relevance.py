"""What makes a neighbour a hit, and how much of one.

A class: being of the query's (`label`, `modality`, `anatomy`, or any other field that has a value
for each image). A set of labels: sharing any with the query (`any-label`), or the Jaccard index of
both sets as the gain (`label-jaccard`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from eval.images import PERSONAL, SEPARATOR, Codes, Column, Images, Mask
from radalike.errors import UnknownName, UsageError
from radalike.records import PAYLOAD_FIELDS


class Gain(StrEnum):
    """What a neighbour is worth: 1 for the same value, 1 for a common label, or the share of the
    labels of both that they have in common."""

    SAME = "same"
    ANY = "any"
    JACCARD = "jaccard"


@dataclass(frozen=True, slots=True)
class Relevance:
    """column: of `eval.images.COLUMNS`, whose values are compared; an image without one cannot be
    scored."""

    name: str
    column: str
    gain: Gain = Gain.SAME


_OF_LABELS: Mapping[str, Relevance] = {
    "label": Relevance("label", "label"),
    "any-label": Relevance("any-label", "labels", Gain.ANY),
    "label-jaccard": Relevance("label-jaccard", "labels", Gain.JACCARD),
}

RELEVANCES = tuple(sorted({*_OF_LABELS, *PAYLOAD_FIELDS} - {"labels"} - PERSONAL))


def relevance_of(name: str) -> Relevance:
    """Raises UnknownName for one that is not among RELEVANCES."""
    if name not in RELEVANCES:
        raise UnknownName("relevance", name, RELEVANCES)
    return _OF_LABELS.get(name) or Relevance(name, name)


def require(mask: Mask, left_out: int, role: str, relevance: str, option: str) -> None:
    """Raises UsageError when `mask` has no image of a role; `left_out` more have no value to
    compare, and `option` chooses them."""
    if mask.any():
        return
    what = "query" if role == "queries" else role
    if left_out:
        raise UsageError(
            f"none of the {left_out} {what} images can be scored by {relevance}",
            hint="choose another relevance (label, modality, anatomy) or other images",
            role=what,
        )
    raise UsageError(
        f"there is no {what} image",
        hint=f"choose other images with {option}, or ingest some first",
        role=what,
    )


class Gains:
    """What the values of one column are worth to each other."""

    def __init__(self, column: Column, gain: Gain) -> None:
        self._gain = gain
        self._bits = None if gain is Gain.SAME else _label_bits(column)

    @classmethod
    def of(cls, images: Images, relevance: Relevance) -> Gains:
        return cls(images.columns[relevance.column], relevance.gain)

    def between(self, codes: Codes, others: Codes) -> npt.NDArray[Any]:
        """The gain of each pair, of arrays that broadcast: bool, or float32 with the Jaccard index.
        A code of -1 is worth nothing to any."""
        known = (codes >= 0) & (others >= 0)
        if self._bits is None:
            return np.asarray((codes == others) & known)
        shared = np.bitwise_count(self._bits[codes] & self._bits[others]).sum(-1, dtype=np.int32)
        if self._gain is Gain.ANY:
            return np.asarray((shared > 0) & known)
        union = np.bitwise_count(self._bits[codes] | self._bits[others]).sum(-1, dtype=np.int32)
        return np.asarray(np.where(known, shared / np.maximum(union, 1), 0), dtype=np.float32)


def _label_bits(column: Column) -> npt.NDArray[np.uint64]:
    """The labels of each set as bits: (sets, words of 64 labels)."""
    sets = [name.split(SEPARATOR) for name in column.names]
    labels_known = sorted({label for each in sets for label in each})
    places = {label: place for place, label in enumerate(labels_known)}
    bits = np.zeros((max(1, len(sets)), len(places) // 64 + 1), dtype=np.uint64)
    for row, labels in enumerate(sets):
        for label in labels:
            word, bit = divmod(places[label], 64)
            bits[row, word] |= np.uint64(1 << bit)
    return bits

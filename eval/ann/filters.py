"""Filters that users of a library can choose, by the share of its images that pass."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np

from eval.images import SEPARATOR, Codes, Column, Images, Mask, Rows
from radalike.errors import InvalidSetting
from radalike.filters import Filter, all_of, eq

Terms: TypeAlias = tuple[tuple[str, str], ...]
"""Field and value of all that has to hold at once."""

FIELDS = (
    "labels",
    "modality",
    "anatomy",
    "organ",
    "dataset",
    "view",
    "laterality",
    "sex",
    "manufacturer",
    "contrast",
    "image_type",
)
"""What people filter by; never what names a patient. Of these, `labels` has many values."""

NEAR = 2.0
"""How many times more, or fewer, images than wanted a filter may let pass."""


@dataclass(frozen=True, slots=True)
class Selectivity:
    """A filter that lets about the share `wanted` (0 to 1) of all images pass; no terms: all do."""

    wanted: float
    terms: Terms = ()

    @property
    def condition(self) -> Filter | None:
        return all_of(*(eq(field, value) for field, value in self.terms))

    def __str__(self) -> str:
        return " and ".join(f"{field}={value}" for field, value in self.terms) or "no filter"


def choose_filters(
    images: Images, among: Mask, shares: Sequence[float], least: int
) -> tuple[list[Selectivity], list[float]]:
    """For each of `shares` the filter whose own is nearest by ratio, and the shares that the
    library cannot offer.

    images: with the columns FIELDS. among: those that count. A filter is one value, or where none
    is NEAR two values of different fields at once; at least `least` images pass it. Raises
    InvalidSetting for a share that is none.
    """
    for share in shares:
        if not 0 < share <= 1:
            raise InvalidSetting(
                f"no filter lets {100 * share:g} % of the images pass",
                hint="a selectivity is above 0 and at most 100",
            )
    fields = [_Field.of(name, images.columns[name], among) for name in FIELDS]
    total = int(among.sum())
    chosen: list[Selectivity] = []
    missing: list[float] = []
    for share in shares:
        terms: Terms | None = ()
        if share < 1:
            terms = _nearest(_single(fields), share * total, least)
            terms = terms or _nearest(_pairs(fields, images), share * total, least)
        if terms is None or terms in [each.terms for each in chosen]:
            missing.append(share)
        else:
            chosen.append(Selectivity(share, terms))
    return chosen, missing


@dataclass(frozen=True, slots=True)
class _Field:
    """rows[i] has the value names[codes[i]]; a row may have several."""

    name: str
    rows: Rows
    codes: Codes
    names: tuple[str, ...]

    @classmethod
    def of(cls, name: str, column: Column, among: Mask) -> _Field:
        rows = np.flatnonzero(among & (column.codes >= 0))
        codes: Codes = column.codes[rows].astype(np.int64)
        if name != "labels":
            return cls(name, rows, codes, column.names)
        sets = [each.split(SEPARATOR) for each in column.names]
        labels = sorted({label for each in sets for label in each})
        places = {label: place for place, label in enumerate(labels)}
        pairs = [(row, places[label]) for row, each in enumerate(sets) for label in each]
        at, codes = _rows_of_sets(pairs, (len(sets), len(labels)), codes)
        return cls(name, rows[at], codes, tuple(labels))


def _rows_of_sets(
    pairs: Sequence[tuple[int, int]], shape: tuple[int, int], sets: Codes
) -> tuple[Rows, Codes]:
    """Positions in `sets`, each as often as its set has labels, and those labels. pairs: set and
    label. shape: how many there are of both."""
    from scipy.sparse import csr_array

    if not pairs:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    has = csr_array((np.ones(len(pairs), dtype=bool), tuple(zip(*pairs, strict=True))), shape=shape)
    at, labels = has[sets].nonzero()
    return at.astype(np.int64), labels.astype(np.int64)


def _single(fields: Iterable[_Field]) -> Iterator[tuple[int, Terms]]:
    """Every value, with how many images have it."""
    for field in fields:
        for code, count in enumerate(np.bincount(field.codes).tolist()):
            yield count, ((field.name, field.names[code]),)


def _pairs(fields: Iterable[_Field], images: Images) -> Iterator[tuple[int, Terms]]:
    """Every two values of two fields that images have at once, with how many have them."""
    for one, two in combinations(fields, 2):  # only the first can have several values a row
        others = images.columns[two.name].codes[one.rows].astype(np.int64)
        width = len(two.names)
        both, counts = np.unique((one.codes * width + others)[others >= 0], return_counts=True)
        for pair, count in zip(both.tolist(), counts.tolist(), strict=True):
            first, second = divmod(pair, width)
            yield count, ((one.name, one.names[first]), (two.name, two.names[second]))


def _nearest(candidates: Iterable[tuple[int, Terms]], wanted: float, least: int) -> Terms | None:
    """Of those that are NEAR enough; among equally near ones, the first by name."""
    ratios = [
        (abs(math.log(count / wanted)), terms) for count, terms in candidates if count >= least
    ]
    near = [each for each in ratios if each[0] <= math.log(NEAR)]
    return min(near)[1] if near else None

"""Filters that users of a library can choose, by the share of its images that pass."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from eval.images import SEPARATOR, Codes, Column, Images, Mask
from radalike.filters import Filter, all_of, eq

FIELDS = (
    "modality",
    "anatomy",
    "organ",
    "labels",
    "dataset",
    "view",
    "laterality",
    "sex",
    "manufacturer",
    "contrast",
    "image_type",
)
"""What people filter by; never what names a patient."""

NEAR = 2.0
"""How many times more, or fewer, images than wanted a filter may let pass."""


@dataclass(frozen=True, slots=True)
class Selectivity:
    """A filter that lets about the `wanted` share of all images pass; `condition` None: all do.
    terms: field and value of what has to hold at once."""

    wanted: float
    terms: tuple[tuple[str, str], ...] = ()

    @property
    def condition(self) -> Filter | None:
        return all_of(*(eq(field, value) for field, value in self.terms))

    def __str__(self) -> str:
        return " and ".join(f"{field}={value}" for field, value in self.terms) or "no filter"


def choose_filters(
    images: Images, among: Mask, shares: Sequence[float], least: int
) -> tuple[list[Selectivity], list[float]]:
    """For each of `shares` (0 to 1) the filter whose own is nearest by ratio, and those shares that
    the library cannot offer.

    among: the images that are counted. A filter is one value, or where no value is NEAR two values
    of different fields at once, and at least `least` images pass. images: with the columns FIELDS.
    """
    fields = [_Field.of(name, images.columns[name], among) for name in FIELDS]
    total = int(among.sum())
    chosen: list[Selectivity] = []
    missing = []
    for share in shares:
        if share >= 1:
            chosen.append(Selectivity(share))
            continue
        found = _nearest(_single(fields), share * total, least)
        found = found or _nearest(_pairs(fields), share * total, least)
        taken = {each.terms for each in chosen}
        if found is None or found in taken:
            missing.append(share)
        else:
            chosen.append(Selectivity(share, found))
    return chosen, missing


_Terms = tuple[tuple[str, str], ...]
_Counted = tuple[npt.NDArray[np.int64], "_Namer"]


@dataclass(frozen=True, slots=True)
class _Field:
    """rows[i] has the value names[codes[i]]; a row may have several."""

    name: str
    rows: npt.NDArray[np.int64]
    codes: Codes
    names: tuple[str, ...]

    @classmethod
    def of(cls, name: str, column: Column, among: Mask) -> _Field:
        rows = np.flatnonzero(among & (column.codes >= 0))
        codes = column.codes[rows].astype(np.int64)
        if name != "labels":
            return cls(name, rows, codes, column.names)
        sets = [each.split(SEPARATOR) for each in column.names]
        labels = sorted({label for each in sets for label in each})
        places = {label: place for place, label in enumerate(labels)}
        sizes = np.array([len(each) for each in sets], dtype=np.int64)
        starts = np.cumsum(sizes) - sizes
        flat = np.array([places[label] for each in sets for label in each], dtype=np.int64)
        repeats = sizes[codes]
        offsets = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        spread = flat[np.repeat(starts[codes], repeats) + offsets] if len(flat) else codes
        return cls(name, np.repeat(rows, repeats), spread, tuple(labels))

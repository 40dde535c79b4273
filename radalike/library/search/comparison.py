"""Several encoders asked the same: their lists side by side, and how much they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from radalike.errors import InvalidVector, UsageError
from radalike.filters import Filter
from radalike.library.search.queries import Look, Query
from radalike.library.search.searching import check_vectors, search
from radalike.records import SearchResult

if TYPE_CHECKING:
    from radalike.library.library import Library

PERSISTENCE = 0.9
"""Chance that a reader goes on to the next rank: the first ten carry 86 % of the weight."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of two lists. shared: images that are in both. overlap: those, by the length of the longer
    list. rank_biased_overlap: in [0, 1], where the first ranks count most."""

    encoders: tuple[str, str]
    shared: int
    overlap: float
    rank_biased_overlap: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """results: one an encoder, in the order they were asked for. agreements: of every two.
    vectors: by encoder, of how many images it has one, which is what it could find."""

    results: tuple[SearchResult, ...]
    agreements: tuple[Agreement, ...]
    vectors: dict[str, int]

    def only(self, encoder: str) -> tuple[str, ...]:
        """Ids that this encoder alone has found, best first."""
        others = {hit.id for each in self.results if each.encoder != encoder for hit in each.hits}
        own = next(each for each in self.results if each.encoder == encoder)
        return tuple(hit.id for hit in own.hits if hit.id not in others)

    def ranks(self, image: str) -> dict[str, int]:
        """By encoder, the rank (from 1) at which it has found this image."""
        return {
            result.encoder: rank
            for result in self.results
            for rank, hit in enumerate(result.hits, start=1)
            if hit.id == image
        }


def compare(
    library: Library,
    query: Query,
    encoders: Sequence[str],
    limit: int,
    condition: Filter | None,
    look: Look,
    *,
    exact: bool,
    exclude_patient: str | None,
) -> Comparison:
    if isinstance(query, np.ndarray) and query.dtype != np.uint8:
        raise InvalidVector("a vector belongs to one encoder", hint="ask with an image or a text")
    spaces = [library.beside(name) for name in encoders]
    if len({space.fingerprint for space in spaces}) < max(2, len(encoders)):
        raise UsageError(
            "two different encoders, or more, are compared", hint="--encoder A --encoder B"
        )
    names = Counter(space.encoder_id for space in spaces)
    if len(names) < len(spaces):
        raise UsageError(
            f"two of them are called {names.most_common(1)[0][0]}",
            hint="give the folder of one another name, and encode with it again",
        )
    for space in spaces:  # before any model is loaded
        check_vectors(space)
    results = tuple(
        search(
            space,
            query,
            limit,
            condition,
            look,
            tiles="",
            exact=exact,
            exclude_patient=exclude_patient,
        )
        for space in spaces
    )
    held = {
        space.encoder_id: sum(part.rows for part in space.catalog.parts(space.fingerprint))
        for space in spaces
    }
    agreements = tuple(_agreement(one, two) for one, two in combinations(results, 2))
    return Comparison(results, agreements, held)


def _agreement(one: SearchResult, two: SearchResult) -> Agreement:
    first, second = ([hit.id for hit in each.hits] for each in (one, two))
    shared, longest = len(set(first) & set(second)), max(len(first), len(second))
    return Agreement(
        (one.encoder, two.encoder),
        shared,
        shared / longest if longest else 0.0,
        rank_biased_overlap(first, second),
    )


def rank_biased_overlap(
    one: Sequence[str], two: Sequence[str], persistence: float = PERSISTENCE
) -> float:
    """Extrapolated, of two lists without repetitions that may differ in length; 0 when one is
    empty (Webber, Moffat & Zobel 2010, A similarity measure for indefinite rankings, eq. 32).

    With the shorter list S of length s, the longer L of length l, X_d the images that the first d
    of both share, and p the persistence:
    (1-p)/p · (Σ_{d=1..l} X_d/d · p^d + Σ_{d=s+1..l} X_s·(d-s)/(s·d) · p^d)
    + ((X_l - X_s)/l + X_s/s) · p^l
    """
    shorter, longer = sorted((one, two), key=len)
    if not shorter:
        return 0.0
    short, long, p = len(shorter), len(longer), persistence
    shared = [len(set(shorter[:depth]) & set(longer[:depth])) for depth in range(long + 1)]
    seen = sum(shared[depth] / depth * p**depth for depth in range(1, long + 1))
    unseen = sum(
        shared[short] * (depth - short) / (short * depth) * p**depth
        for depth in range(short + 1, long + 1)
    )
    beyond = (shared[long] - shared[short]) / long + shared[short] / short
    return (1 - p) / p * (seen + unseen) + beyond * p**long

"""One hit for many: slices of one series, and copies of one image, are shown by the best of them.

Among hits by falling score, one is kept unless a better one that is kept is of the same series or
has the same content; then the best of those stands for it. So no two that are kept share either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from radalike.filters import Filter, all_of, any_of, has_id, not_
from radalike.records import Hit

Fetch = Callable[[int, Filter | None], Sequence[Hit]]
"""The n best hits that pass a filter, best first."""

Contents = Callable[[Sequence[str]], Mapping[str, str]]
"""The content hash by id; ids that have been erased meanwhile are absent."""


def collapsed(
    fetch: Fetch, contents: Contents, limit: int
) -> tuple[tuple[Hit, ...], dict[str, int]]:
    """The `limit` best hits that are kept, and by id how many others each of them stands for among
    those that were fetched (absent: none).

    Where the first 2 x limit are too few groups, more are fetched, but none of a series that is
    there already: a series can have thousands of slices that are all near.
    """
    groups = _Groups()
    asked = 2 * limit
    while True:
        hits = fetch(asked, groups.others())
        groups.take_in(hits, contents([hit.id for hit in hits]))
        if len(groups.kept) >= limit or len(hits) < asked:
            shown = tuple(groups.kept[:limit])
            folded = {hit.id: groups.folded[hit.id] for hit in shown if hit.id in groups.folded}
            return shown, folded
        asked *= 2


class _Groups:
    """What is kept of the hits so far, and for how many others each stands."""

    def __init__(self) -> None:
        self.kept: list[Hit] = []
        self.folded: dict[str, int] = {}
        self._ranks: dict[tuple[str, str], int] = {}  # of what is kept, by series and by content
        self._seen: list[Hit] = []

    def take_in(self, hits: Sequence[Hit], contents: Mapping[str, str]) -> None:
        self._seen += hits
        for hit in hits:
            named = [("series", _series(hit)), ("content", contents.get(hit.id))]
            keys = [(name, value) for name, value in named if value is not None]
            better = [self._ranks[key] for key in keys if key in self._ranks]
            if better:
                stays = self.kept[min(better)].id
                self.folded[stays] = self.folded.get(stays, 0) + 1
            else:
                self._ranks |= dict.fromkeys(keys, len(self.kept))
                self.kept.append(hit)

    def others(self) -> Filter | None:
        """Passes neither what was seen nor any of a series that is there; None before the first."""
        series = sorted(value for name, value in self._ranks if name == "series")
        alone = [hit.id for hit in self._seen if ("series", _series(hit)) not in self._ranks]
        return all_of(
            not_(any_of("series", series)) if series else None,
            not_(has_id(alone)) if alone else None,
        )


def _series(hit: Hit) -> str | None:
    value = hit.payload.get("series")
    return None if value is None else str(value)

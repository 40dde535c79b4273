"""What the measurement of approximate search says, and the same as JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from eval.retrieval.report import finite


@dataclass(frozen=True, slots=True, kw_only=True)
class AtDepth:
    """Searches for the first `k`, against the exact ones, as means over queries.

    recall: share of the exact k that were found. rank_biased_overlap: of both lists; the first
    ranks count most. p50, p95, p99: milliseconds a search took, from vector and filter to hits.
    """

    k: int
    recall: float
    rank_biased_overlap: float
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A metric of exact search, of this setting, and the difference (below 0: it has fallen) with
    the limits of its interval over patients; all NaN where no query can be scored."""

    metric: str
    exact: float
    found: float
    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One setting under one filter.

    filter: in words. n_queries: that have any neighbour there; n_scored: of these, those whose
    class is there, from which `changes` are. decided_by: the measure that says whether it `failed`.
    unsure: it did not, but its neighbours are others and the interval has room for a failure.
    """

    filter: str
    n_queries: int
    n_scored: int
    depths: tuple[AtDepth, ...]
    changes: tuple[Change, ...]
    decided_by: str
    failed: bool
    unsure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingReport:
    """backend: the engine that answered. points: it holds; indexed: of these, in a graph (0: it
    reads every vector, `ef` and int8 decide nothing). filters: one measurement each."""

    setting: str
    backend: str
    points: int
    indexed: int
    filters: tuple[Measured, ...]

    @property
    def failed(self) -> bool:
        return any(each.failed for each in self.filters)

    @property
    def unsure(self) -> bool:
        return any(each.unsure for each in self.filters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A filter, the share of all images that was wanted, and that which passes it (n_images)."""

    filter: str
    wanted: float
    share: float
    n_images: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnReport:
    """n_index: images that are searched. n_queries: that are asked, of `n_could_be_asked`.
    missing: shares that no filter of the library has. tolerance: how far P@10 may fall. resumed:
    measurements, of a setting under a filter, that an interrupted run had made: their latencies
    are of that run."""

    encoder: str
    relevance: str
    n_index: int
    n_queries: int
    n_could_be_asked: int
    filters: tuple[Offered, ...]
    missing: tuple[float, ...]
    settings: tuple[SettingReport, ...]
    tolerance: float
    least_recall: float
    draws: int
    seed: int
    resumed: int = 0

    @property
    def n_measured(self) -> int:
        """Settings by filters."""
        return len(self.settings) * len(self.filters)

    @property
    def failed(self) -> tuple[str, ...]:
        """The settings that cost too much."""
        return tuple(each.setting for each in self.settings if each.failed)


def setting_from(values: Mapping[str, Any]) -> SettingReport:
    """What `asdict` has made of one."""
    filters = tuple(
        Measured(
            **{
                **each,
                "depths": tuple(AtDepth(**depth) for depth in each["depths"]),
                "changes": tuple(Change(**change) for change in each["changes"]),
            }
        )
        for each in values["filters"]
    )
    return SettingReport(**{**values, "filters": filters})


def as_json(report: AnnReport) -> dict[str, Any]:
    """The report as plain JSON values; a number that does not exist (NaN) is null."""
    written: dict[str, Any] = _finite(asdict(report))
    for setting, each in zip(written["settings"], report.settings, strict=True):
        setting["failed"] = each.failed
    return written | {"failed": list(report.failed)}


def _finite(value: Any) -> Any:
    match value:
        case dict():
            return {name: _finite(each) for name, each in value.items()}
        case list() | tuple():
            return [_finite(each) for each in value]
        case float():
            return finite(value)
        case _:
            return value

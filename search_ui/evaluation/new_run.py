"""A run to be started from the page: what can be chosen, and the options that it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from search_ui.jobs.requests import EVALUATIONS, OptionValue
from search_ui.served import Served
from search_ui.words import in_order

KINDS: Mapping[str, str] = {
    "retrieval": "Retrieval: precision among the first neighbours",
    "failures": "Failures: classes that are not found",
    "knn": "kNN: classes by vote of the neighbours",
    "saturation": "Saturation: how large an index must be",
    "space": "Space: how the embeddings lie",
}
RELEVANCES = ("label", "modality", "anatomy", "organ", "any-label")
_ONE_CLASS = ("label", "modality", "anatomy", "organ")
EXCLUSIONS = ("same-patient", "same-study", "duplicates")
ALL = "all"


@dataclass(frozen=True, slots=True)
class Offered:
    """encoders: that have vectors here, the library's own first. selections: conditions for which
    images, `all` or `split=test`. modalities: to narrow the queries to one of them."""

    encoders: tuple[str, ...]
    selections: tuple[str, ...]
    modalities: tuple[str, ...]

    @property
    def index(self) -> str:
        return "split=train" if "split=train" in self.selections else ALL

    @property
    def queries(self) -> str:
        return "split=test" if "split=test" in self.selections else ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """modality: of the queries, "" for any, which makes a run smaller. k: neighbours that vote."""

    kind: str
    encoder: str = ""
    relevance: str = "label"
    index: str = ALL
    queries: str = ALL
    modality: str = ""
    exclude: tuple[str, ...] = ()
    k: int = 10
    below: float = 0.3
    draws: int = 10


def offered(served: Served) -> Offered:
    counts = served.library.facets().counts
    splits = in_order("split", map(str, counts.get("split", {})))
    return Offered(
        tuple(each.id for each in served.encoders()),
        (ALL, *(f"split={each}" for each in splits)),
        tuple(in_order("modality", map(str, counts.get("modality", {})))),
    )


def relevances_of(kind: str) -> tuple[str, ...]:
    """Of runs that tell classes apart an image has one."""
    return RELEVANCES if kind in ("retrieval", "failures") else _ONE_CLASS


def options_of(asked: NewRun) -> dict[str, OptionValue]:
    """By their names on the command line."""
    queries = [asked.queries] if asked.queries != ALL else []
    queries += [f"modality={asked.modality}"] if asked.modality else []
    given: dict[str, OptionValue] = {
        "index": [asked.index],
        "queries": queries or [ALL],
        "relevance": asked.relevance,
        "exclude": list(asked.exclude),
        "by": ["modality", "anatomy"],
        "k": asked.k,
        "below": asked.below,
        "draws": asked.draws if asked.kind == "saturation" else None,
    }
    if asked.kind == "space":
        given = {"images": queries or [ALL], "by": ["label", "modality", "anatomy"]}
    allowed = EVALUATIONS.get(asked.kind, frozenset())
    return {
        name: value for name, value in given.items() if name in allowed and value not in (None, [])
    }

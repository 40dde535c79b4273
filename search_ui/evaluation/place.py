"""Where one is on the page Evaluate, as frozen data that goes into the address and comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from radalike.errors import UsageError


class View(StrEnum):
    RUNS = "runs"
    MAP = "map"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Place:
    """run: the one that is shown; beside: another one next to it. failing: the class whose contact
    sheet is shown. opened: the image that is looked at."""

    view: View = View.RUNS
    run: int | None = None
    beside: int | None = None
    failing: str = ""
    opened: str | None = None


def place_of(params: Mapping[str, Sequence[str]]) -> Place:
    """Names that are not known are left alone. Raises UsageError for a value that cannot be."""
    view = _one(params, "view") or View.RUNS
    if view not in tuple(View):
        raise UsageError(f"the page has no view {view!r}", hint="open it again without `view`")
    return Place(
        View(view),
        _number(params, "run"),
        _number(params, "beside"),
        _one(params, "class"),
        _one(params, "open") or None,
    )


def params_of(place: Place) -> dict[str, str]:
    """Without what is as it begins."""
    written = {
        "view": "" if place.view is View.RUNS else place.view,
        "run": "" if place.run is None else str(place.run),
        "beside": "" if place.beside is None else str(place.beside),
        "class": place.failing,
        "open": place.opened or "",
    }
    return {name: value for name, value in written.items() if value}


def _one(params: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(params.get(name, ())), "")


def _number(params: Mapping[str, Sequence[str]], name: str) -> int | None:
    text = _one(params, name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageError(f"{name} is not the number of a run", hint="choose one from the list")
    return int(text)

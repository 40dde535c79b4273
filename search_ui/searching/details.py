"""One image of the library, looked at: its picture, what is known of it, its series and study."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from radalike.catalog.listing import SeriesSummary
from radalike.library.browsing.pictures import Picture
from radalike.records import ImageRecord
from search_ui.searching.cards import Card, card_of
from search_ui.served import Served

_SLICES = 60


@dataclass(frozen=True, slots=True)
class Detail:
    """picture: None where none is kept. series: its images in order, itself among them, at most
    60 around it, of `slices`; study: the series of its study, when it has several."""

    card: Card
    picture: Picture | None
    width: int
    height: int
    series: tuple[Card, ...]
    slices: int
    study: tuple[SeriesSummary, ...]


def detail_of(served: Served, image: str) -> Detail:
    """Raises RecordNotFound."""
    library = served.library
    record = library.get(image)
    series = library.series_of(record.id)
    study = tuple(library.study_of(record.id))
    return Detail(
        card_of(served, record),
        picture_of_record(served, record),
        record.width,
        record.height,
        _around(served, series, record.id) if len(series) > 1 else (),
        len(series),
        study if len(study) > 1 else (),
    )


def picture_of_record(served: Served, record: ImageRecord) -> Picture | None:
    """From its original where that can be read, else its thumbnail."""
    root = served.library.settings.originals_root
    return served.library.picture(record, root=Path(root) if root else None)


def _around(served: Served, series: list[ImageRecord], image: str) -> tuple[Card, ...]:
    """At most _SLICES of a series, with `image` in the middle of them."""
    place = [record.id for record in series].index(image)
    first = max(0, min(place - _SLICES // 2, len(series) - _SLICES))
    return tuple(
        replace(card_of(served, record), label=f"Image {first + number} of {len(series)}")
        for number, record in enumerate(series[first : first + _SLICES], start=1)
    )

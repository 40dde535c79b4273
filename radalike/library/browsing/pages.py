"""Looking through a library without a query: pages of images, a series, a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from radalike.catalog.listing import (
    SeriesSummary,
    number_of,
    one_series,
    records_numbered,
    records_of_series,
    series_of_study,
)
from radalike.errors import RecordNotFound, UsageError
from radalike.filters import Filter
from radalike.records import ImageRecord

if TYPE_CHECKING:
    from radalike.library.readable_library import ReadableLibrary


@dataclass(frozen=True, slots=True)
class Listing:
    """records: one page, the newest first. total: how many images pass, on all pages. after: what
    the next page comes after, None when this is the last."""

    records: tuple[ImageRecord, ...]
    total: int
    after: int | None


def browse(
    library: ReadableLibrary, condition: Filter | None, after: int | str | None, limit: int
) -> Listing:
    """The images with a vector of the library's encoder that pass, in the order they were added,
    the newest first. after: where the last page ended (`Listing.after`), or an image's id.

    A page costs the same wherever it is: it is found by number, not by counting from the start.
    Raises RecordNotFound for an id that is not there, UsageError for a limit below 1.
    """
    if limit < 1:
        raise UsageError(f"a page of {limit} images", hint="a page has one image or more")
    table = library.image_table.current()
    # As good as sorted, which the stable sort makes use of.
    numbers = np.sort(table.numbers[table.mask(condition, library.catalog)], kind="stable")
    end = len(numbers) if after is None else int(np.searchsorted(numbers, _number(library, after)))
    chosen = numbers[max(0, end - limit) : end][::-1].tolist()
    found = records_numbered(library.catalog.engine, chosen)
    records = tuple(found[number] for number in chosen if number in found)  # the rest is erased
    return Listing(records, len(numbers), chosen[-1] if end > limit else None)


def series_of(library: ReadableLibrary, image: str) -> list[ImageRecord]:
    """The images of the series of `image`, in the order they were added, frames of one instance in
    their own order; an image of no series is alone. Raises RecordNotFound."""
    record = library.get(image)
    series = record.metadata.series
    return records_of_series(library.catalog.engine, series) if series is not None else [record]


def study_of(library: ReadableLibrary, image: str) -> list[SeriesSummary]:
    """The series of the study of `image`, in the order they were added; of no study, its own series
    or itself. Raises RecordNotFound."""
    record = library.get(image)
    meta, engine = record.metadata, library.catalog.engine
    if meta.study is not None:
        return series_of_study(engine, meta.study)
    if meta.series is not None:
        return one_series(engine, meta.series)
    return [SeriesSummary(None, meta.modality.value, meta.anatomy.value, 1, record.id)]


def _number(library: ReadableLibrary, after: int | str) -> int:
    if isinstance(after, int):
        return after
    number = number_of(library.catalog.engine, after.lower())
    if number is None:
        raise RecordNotFound(
            "the image that the page begins after is no longer in this library",
            hint="begin with the first page",
            id=after,
        )
    return number

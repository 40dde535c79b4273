"""The embedding map as it is drawn: points in groups, with what is to be seen of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from radalike.library import Library
from radalike.library.browsing.embedding_map import EmbeddingMap
from radalike.records import UNKNOWN, Metadata
from search_ui.searching.cards import Card, card_of
from search_ui.served import Served
from search_ui.words import field_title, in_order, label_title, share_title, title

COLOURED_BY = ("modality", "anatomy", "labels")
MOST_GROUPS = 10
"""Colours that can be told apart; what is rarer is one group."""

OTHERS = "Others"


@dataclass(frozen=True, slots=True)
class MapPoint:
    """group: the title of its group; words: what the image is."""

    image: str
    x: float
    y: float
    group: str
    words: str


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    images: int


@dataclass(frozen=True, slots=True)
class SpaceMap:
    """groups: in the order of the legend. x_title, y_title: with the share of the variance. note:
    what is shown of what."""

    points: tuple[MapPoint, ...]
    groups: tuple[Group, ...]
    group_title: str
    x_title: str
    y_title: str
    note: str


def state_of(library: Library) -> tuple[str, int, int]:
    """What a map is made of: as long as it is the same, so is the map. Vectors come with a new
    number, and go with their row."""
    numbers = library.image_table.current().numbers
    return library.fingerprint, len(numbers), int(numbers.max()) if len(numbers) else 0


def space_map(found: EmbeddingMap, coloured_by: str) -> SpaceMap:
    """coloured_by: one of COLOURED_BY."""
    values = [_value(metadata, coloured_by) for metadata in found.metadata]
    titles = _titles(values, coloured_by)
    points = tuple(
        MapPoint(image, float(x), float(y), titles[value], _words(metadata))
        for image, (x, y), value, metadata in zip(
            found.ids, found.points.tolist(), values, found.metadata, strict=True
        )
    )
    counts = Counter(point.group for point in points)
    shown = (
        f"{len(points):,} of {found.passing:,} images"
        if len(points) < found.passing
        else (f"All {len(points):,} images")
    )
    return SpaceMap(
        points,
        tuple(Group(each, counts[each]) for each in dict.fromkeys(titles.values())),
        field_title(coloured_by),
        f"First principal axis ({share_title(found.shares[0])} of the variance)",
        f"Second principal axis ({share_title(found.shares[1])} of the variance)",
        f"{shown}, encoder {found.encoder}. Images far apart here are unlike; images close "
        "together here may still differ along the axes that are not drawn.",
    )


def cards_of_group(
    served: Served, drawn: SpaceMap, group: str, first: int, count: int
) -> tuple[Card, ...]:
    """The images of a group, from left to right on the map: the map as a list. An image that was
    erased since is left out."""
    points = sorted((point.x, point.image) for point in drawn.points if point.group == group)
    chosen = [image for _, image in points[first : first + count]]
    records = served.library.catalog.records(chosen)
    return tuple(card_of(served, records[image]) for image in chosen if image in records)


def _value(metadata: Metadata, field: str) -> str:
    match field:
        case "modality":
            return metadata.modality.value
        case "anatomy":
            return metadata.anatomy.value
        case _:
            return " and ".join(metadata.labels) or UNKNOWN


def _titles(values: Iterable[str], field: str) -> dict[str, str]:
    """By value: the most frequent by their own titles, in the vocabulary's order, the rest as
    OTHERS, which comes last."""
    counts = Counter(values)
    frequent = sorted(counts, key=lambda value: (-counts[value], value))
    kept = frequent if len(frequent) <= MOST_GROUPS else frequent[: MOST_GROUPS - 1]
    titles = {value: _title(field, value) for value in in_order(field, kept)}
    return titles | {value: OTHERS for value in frequent if value not in titles}


def _title(field: str, value: str) -> str:
    if field == "labels":
        return value if value != UNKNOWN else "No label"
    return title(field, value)


def _words(metadata: Metadata) -> str:
    labels = ", ".join(filter(None, map(label_title, metadata.labels)))
    what = (
        title("modality", metadata.modality.value),
        title("anatomy", metadata.anatomy.value).lower(),
        labels,
    )
    return ", ".join(filter(None, what))

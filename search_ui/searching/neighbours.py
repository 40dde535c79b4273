"""What the neighbours say: how the labels are spread over the images that were found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search_ui.searching.cards import Card
from search_ui.words import label_title

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class LabelCount:
    """A label, and how many of the images found have it."""

    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """labels: the most frequent first. labelled: images that have any, of all `found`; others:
    labels that are not listed."""

    labels: tuple[LabelCount, ...]
    labelled: int
    found: int
    others: int


def neighbours_of(cards: Sequence[Card]) -> Neighbours:
    """An image with several labels counts for each of them. Where no image has any, modality and
    region say what there is to say."""
    labelled = sum(1 for card in cards if card.labels)
    counts = Counter(_titles(cards) if labelled else (card.what for card in cards))
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return Neighbours(
        tuple(LabelCount(title, count) for title, count in ordered[:_SHOWN]),
        labelled=labelled,
        found=len(cards),
        others=max(0, len(ordered) - _SHOWN),
    )


def _titles(cards: Iterable[Card]) -> Iterable[str]:
    for card in cards:
        yield from {label_title(label) or "Unspecified" for label in card.labels}

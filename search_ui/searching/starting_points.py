"""Images to start a search from, for a user without a file at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from radalike.filters import matches
from radalike.records import UNKNOWN, Hit, Payload, payload_of
from search_ui.filtering.filter_state import Filters, condition_of
from search_ui.searching.cards import Card, cards_of_hits
from search_ui.served import Served

_PARTS = 4


def starting_points(served: Served, filters: Filters, count: int) -> tuple[Card, ...]:
    """At most `count` of the images that pass, without scores. Of the newest ones as many kinds as
    there are; where none of those passes, any that do."""
    library, condition = served.library, condition_of(filters)
    found: dict[str, Payload] = {}
    for part in reversed(library.catalog.parts(library.fingerprint)[-_PARTS:]):
        for image, metadata in library.catalog.part_metadata(part.name):
            payload = payload_of(metadata)
            if condition is None or matches(condition, image, payload):
                found[image] = payload
        if len(found) >= count:
            break
    hits = [Hit(image, 0.0, found[image]) for image in _varied(found)[:count]]
    if not hits:
        anywhere = np.eye(1, library.spec.dimension, dtype=np.float32)[0]
        hits = list(library.search(anywhere, count, condition).hits)
    return tuple(replace(card, score=None) for card in cards_of_hits(served, hits, filters))


def _varied(found: Mapping[str, Payload]) -> list[str]:
    """Ids in an order where the first of every kind come first, then the second of every kind."""
    turns: dict[tuple[str, str], int] = {}
    order = []
    for image, payload in found.items():
        kind = (payload.get("modality", UNKNOWN), payload.get("anatomy", UNKNOWN))
        turns[kind] = turns.get(kind, 0) + 1
        order.append((turns[kind], kind, image))
    return [image for _, _, image in sorted(order)]

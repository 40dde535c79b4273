"""What makes a neighbour a hit: being of the query's class. Here is what an image's class is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from radalike.errors import UnknownName
from radalike.records import UNKNOWN, Metadata, Term


def _only_label(metadata: Metadata) -> str | None:
    return metadata.labels[0] if len(metadata.labels) == 1 else None


def _known(term: Term) -> str | None:
    return None if term.value == UNKNOWN else term.value


RELEVANCES: Mapping[str, Callable[[Metadata], str | None]] = {
    "label": _only_label,
    "modality": lambda metadata: _known(metadata.modality),
    "anatomy": lambda metadata: _known(metadata.anatomy),
}
"""The class of an image by each relevance; None when it has none and is left out."""


def classes_of(metadata: Mapping[str, Metadata], relevance: str) -> dict[str, str]:
    """The class of each image by `relevance` (of RELEVANCES), keyed by id.

    Left out are images without exactly one label ("label") or with an unknown value ("modality",
    "anatomy"). Raises UnknownName.
    """
    if relevance not in RELEVANCES:
        raise UnknownName("relevance", relevance, RELEVANCES)
    class_of = RELEVANCES[relevance]
    found = ((image, class_of(known)) for image, known in metadata.items())
    return {image: name for image, name in found if name is not None}

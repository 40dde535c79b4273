"""Values of filters, as they are stored."""

from __future__ import annotations

from radalike.errors import UnknownName
from radalike.records import UNKNOWN
from radalike.vocabulary.manufacturers import MANUFACTURERS, OTHER, manufacturer_of
from radalike.vocabulary.matching import region_in_text
from radalike.vocabulary.modalities import MODALITY_GROUPS, modality_term
from radalike.vocabulary.regions import REGIONS


def filter_value(name: str, value: str) -> str:
    """`value` as it is stored for field `name`: synonyms of modality, anatomy and manufacturer are
    resolved.

    Raises UnknownName, with the nearest words, for one that does not exist.
    """
    if name in ("modality", "anatomy") and value.lower() == UNKNOWN:
        return UNKNOWN
    if name == "modality":
        term = modality_term(value, "filter")
        if term.value == UNKNOWN:
            raise UnknownName("modality", value, MODALITY_GROUPS)
        return term.value
    if name == "anatomy":
        found = region_in_text(value)
        if found is None:
            raise UnknownName("anatomy", value, REGIONS)
        return found[0]
    if name == "manufacturer" and value.lower() not in MANUFACTURERS:
        maker = manufacturer_of(value)
        if maker in (None, OTHER):
            raise UnknownName("manufacturer", value, MANUFACTURERS)
        return str(maker)
    return value.lower() if name == "manufacturer" else value

"""The words that images are filtered by: modality groups, anatomical regions, makers of scanners.

Metadata, manifests and filters all go through here, so `--anatomy thorax` finds what a file
called CHEST. Each word comes with where it was read and how far it is to be trusted (Term).
"""

from radalike.vocabulary.contrast import contrast_of
from radalike.vocabulary.evidence import Evidence, Terms, terms_of
from radalike.vocabulary.filters import filter_value
from radalike.vocabulary.manufacturers import MANUFACTURERS, manufacturer_of
from radalike.vocabulary.matching import (
    anatomy_term,
    laterality_in_text,
    place_in_text,
    region_in_text,
)
from radalike.vocabulary.modalities import (
    MODALITY_GROUPS,
    NOT_IMAGES,
    modality_of_class,
    modality_term,
)
from radalike.vocabulary.regions import REGIONS, Place, Region, place_of_code

__all__ = [
    "MANUFACTURERS",
    "MODALITY_GROUPS",
    "NOT_IMAGES",
    "REGIONS",
    "Evidence",
    "Place",
    "Region",
    "Terms",
    "anatomy_term",
    "contrast_of",
    "filter_value",
    "laterality_in_text",
    "manufacturer_of",
    "modality_of_class",
    "modality_term",
    "place_in_text",
    "place_of_code",
    "region_in_text",
    "terms_of",
]

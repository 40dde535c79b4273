"""How the vocabulary's terms are written on the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from radalike.records import UNKNOWN
from radalike.vocabulary import MODALITY_GROUPS, REGIONS

_TITLES: Mapping[str, Mapping[str, str]] = {
    "modality": {
        "CT": "CT",
        "MR": "MR",
        "US": "Ultrasound",
        "XR": "X-ray",
        "MG": "Mammography",
        "XA": "Angiography",
        "RF": "Fluoroscopy",
        "PX": "Panoramic X-ray",
        "NM": "Nuclear medicine",
        "PT": "PET",
    },
    "anatomy": {
        "multi": "Several regions",
        **{name: name.replace("_", " & ").capitalize() for name in REGIONS if name != "multi"},
        "upper_limb": "Upper limb",
        "lower_limb": "Lower limb",
    },
}
_ORDER: Mapping[str, tuple[str, ...]] = {
    "modality": (*MODALITY_GROUPS, UNKNOWN),
    "anatomy": (*REGIONS, UNKNOWN),
}
_BACKENDS = {"edge": "embedded index", "server": "index server", "exact": "exact search"}


def title(field: str, value: str) -> str:
    """A modality or region, as it is read: `hand_wrist` is "Hand & wrist"."""
    return _TITLES[field].get(value, value.capitalize())


def in_order(field: str, values: Iterable[str]) -> list[str]:
    """`values` in the vocabulary's own order, so that a choice stays in its place; strangers
    last."""
    place = {value: number for number, value in enumerate(_ORDER[field])}
    return sorted(set(values), key=lambda value: (place.get(value, len(place)), value))


def label_title(label: str) -> str:
    """A label without what the modality and region next to it say already:
    `MR/brain/glioma tumor` is "Glioma tumor", and an unspecified one is nothing."""
    pathology = label.rsplit("/", 2)[-1].strip() if label.count("/") == 2 else label.strip()
    return "" if pathology.lower() == "unspecified" else pathology[:1].upper() + pathology[1:]


def backend_title(backend: str) -> str:
    return _BACKENDS.get(backend, backend)


def count_title(count: int, singular: str) -> str:
    """`1 image`, `1,420 images`."""
    return f"{count:,} {singular}{'' if count == 1 else 's'}"

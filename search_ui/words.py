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
    "sex": {"F": "Female", "M": "Male", "O": "Other"},
    "laterality": {"L": "Left", "R": "Right", "B": "Both sides"},
}
_FIELDS: Mapping[str, str] = {"labels": "Label", "dataset": "Data set"}
_ORDER: Mapping[str, tuple[str, ...]] = {
    "modality": (*MODALITY_GROUPS, UNKNOWN),
    "anatomy": (*REGIONS, UNKNOWN),
    "laterality": ("L", "R", "B"),
    "sex": ("F", "M", "O"),
    "split": ("train", "val", "test"),
}
_VERBATIM = ("labels", "dataset", "view")
_BACKENDS = {"edge": "embedded index", "server": "index server", "exact": "exact search"}


def title(field: str, value: str) -> str:
    """A value as it is read: modality `XR` is "X-ray", region `hand_wrist` is "Hand & wrist"."""
    known = _TITLES.get(field, {}).get(value)
    if known is not None:
        return known
    if field in _VERBATIM and value != UNKNOWN:
        return value
    return value.replace("_", " ").capitalize()


def field_title(field: str) -> str:
    """`Modality`; `labels` is "Label"."""
    return _FIELDS.get(field, field.capitalize())


def in_order(field: str, values: Iterable[str]) -> list[str]:
    """`values` in the vocabulary's own order, so that a choice stays in its place; strangers last.
    Those of a field without one stay in the order they come in."""
    place = {value: number for number, value in enumerate(_ORDER.get(field, ()))}
    unique = list(dict.fromkeys(values))
    if not place:
        return unique
    return sorted(unique, key=lambda value: (place.get(value, len(place)), value))


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


def bytes_title(count: float) -> str:
    """`512 B`, `1.5 MB`: powers of 1,000."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"


def share_title(share: float) -> str:
    """`12 %`, with one decimal below ten."""
    percent = 100 * share
    return f"{percent:.1f} %" if 0 < percent < 10 else f"{percent:.0f} %"

"""Makers of scanners, as a closed list: a file's own text could hold anything.

A maker that was taken over goes by the name of today's owner.
"""

from __future__ import annotations

from collections.abc import Mapping

from radalike.vocabulary.folding import folded

OTHER = "other"

_MANUFACTURERS: Mapping[str, tuple[str, ...]] = {
    "agfa": ("agfa",),
    "canon": ("canon", "toshiba"),
    "carestream": ("carestream", "kodak", "eastman kodak"),
    "dentsply_sirona": ("sirona", "dentsply"),
    "esaote": ("esaote",),
    "fujifilm": ("fujifilm", "fuji", "fuji photo film", "sonosite"),
    "ge": ("ge", "gems", "ge medical systems", "general electric", "gehc"),
    "hamamatsu": ("hamamatsu",),
    "hitachi": ("hitachi", "aloka"),
    "hologic": ("hologic", "lorad"),
    "konica_minolta": ("konica", "konicaminolta", "minolta"),
    "mindray": ("mindray",),
    "neusoft": ("neusoft",),
    "philips": ("philips", "adac", "marconi", "picker"),
    "planmeca": ("planmeca", "planmed"),
    "samsung": ("samsung", "medison"),
    "shimadzu": ("shimadzu",),
    "siemens": ("siemens", "acuson", "varian"),
    "united_imaging": ("united imaging", "uih"),
    "vatech": ("vatech",),
}
MANUFACTURERS = (*_MANUFACTURERS, OTHER)


def manufacturer_of(text: str) -> str | None:
    """The maker that `text` names, `other` for one that is not listed, None for no text."""
    words = folded(text)
    if not words:
        return None
    padded = f" {words} "
    for maker, names in _MANUFACTURERS.items():
        if any(f" {name} " in padded for name in names):
            return maker
    return OTHER

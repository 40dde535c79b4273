"""Texts of scanners in one spelling."""

from __future__ import annotations

import re
import unicodedata

MOST_CHARACTERS = 128
"""What is read of a text: longer ones are no names of a region."""

_LETTERS = str.maketrans({"ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "\u0131": "i"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_MARKS = re.compile(r"[\u0300-\u036f]")
_SEPARATORS = re.compile(r"[^a-z0-9]+")


def folded(text: str) -> str:
    """Lower case, without accents; all that is no letter or digit as one space."""
    # A character can be made of several, so there is some room before the cut.
    lowered = unicodedata.normalize("NFKD", text[: 4 * MOST_CHARACTERS].casefold())
    letters = _MARKS.sub("", lowered.translate(_LETTERS))
    return _SEPARATORS.sub(" ", letters).strip()[:MOST_CHARACTERS]


def spellings(text: str) -> set[str]:
    """`text` folded, and with its umlauts spelt out as German does: Hüfte, Hufte, Huefte."""
    composed = unicodedata.normalize("NFC", text.lower())
    return {folded(text), folded(composed.translate(_UMLAUTS))}

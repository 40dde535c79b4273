"""Whether a contrast agent was given, of an agent's name in any of our languages."""

from __future__ import annotations

from radalike.vocabulary.folding import folded

_NONE = frozenset(
    """no, none, non, nein, nee, nil, null, false, 0, n, na, n a, nothing, w o, non contrast, plain,
    nativ, aucune, ninguno, ninguna, nada, nessuno, nessuna, blanco""".replace("\n   ", "").split(
        ", "
    )
)
_OPENINGS = frozenset(
    "no none not without unenhanced keine kein ohne sans aucun sin senza nessun geen zonder".split()
)
_UNTOLD = frozenset({"", "unknown", "unbekannt", "inconnu", "desconocido", "ignoto", "onbekend"})


def contrast_of(agent: str) -> str | None:
    """`yes` for the name of an agent, `no` for a word that says none, None when nothing is told.

    The name itself is a file's own text and is not kept.
    """
    words = folded(agent)
    if words in _UNTOLD:
        return None
    first = words.split()[0]
    if first in _OPENINGS or words in _NONE:
        return "no"
    return "yes"

"""The encoders of a library that can be measured."""

from __future__ import annotations

from radalike.errors import RadalikeError
from radalike.library import Library
from radalike.library.search.searching import check_vectors


def encoders_here(library: Library) -> tuple[list[str], dict[str, str]]:
    """Those that have vectors of whole images, the library's own first; and those that have, but
    cannot be measured, with the reason."""
    usable, others = [], {}
    for each in library.coverage():
        if each.tiles or not each.vectors:
            continue
        try:
            meant = library.beside(each.id).fingerprint
        except RadalikeError as error:
            others[each.id] = str(error)
            continue
        if meant == each.fingerprint:
            usable.append(each.id)
        else:
            others.setdefault(each.id, f"its vectors are of another version ({each.fingerprint})")
    usable.sort(key=lambda name: name != library.encoder_id)
    return usable, {name: reason for name, reason in others.items() if name not in usable}


def check_encoder(library: Library, encoder: str) -> None:
    """Raises UnknownName; UsageError for one that the library has no vectors of."""
    check_vectors(library.beside(encoder))

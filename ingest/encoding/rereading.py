"""How the decoding processes read originals again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.decoding.pool import DecodeSettings, ReadAgain
from radalike.catalog.coverage import used_encoders

if TYPE_CHECKING:
    from radalike.library import Library


def renderings_in(library: Library) -> set[str]:
    """Those that images of the library can have been catalogued by: their content hashes are of
    pixels that were rendered so."""
    used = used_encoders(library.catalog.engine)
    return {str(each.spec["rendering"]) for each in used if each.spec.get("rendering")}


def decode_settings(library: Library, renderings: set[str]) -> DecodeSettings:
    settings = library.settings
    return DecodeSettings(
        settings.decode_memory_mib,
        settings.decode_seconds,
        settings.frames,
        library.spec.rendering,
        again=ReadAgain(tuple(sorted(renderings)), library.spec.tiles),
    )

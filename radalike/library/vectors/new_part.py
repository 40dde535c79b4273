"""A part of embeddings as a file, and as what the catalog commits of it."""

from __future__ import annotations

from radalike.catalog.entries import Part
from radalike.embeddings.parts import EmbeddingChunk, write_part
from radalike.library.layout import Layout


def new_part(
    layout: Layout, encoder: str, fingerprint: str, precision: str, chunk: EmbeddingChunk
) -> Part:
    """Write `chunk`, durably; it counts when the catalog has committed what is returned.

    encoder: its id. Raises InvalidVector unless every row is finite and of unit length,
    StorageFull.
    """
    said = {"encoder": encoder, "fingerprint": fingerprint, "precision": precision}
    file = write_part(layout.embeddings(fingerprint), chunk, said)
    return Part(file.name, fingerprint, file.rows, file.sha256, precision)

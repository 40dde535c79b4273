"""From what a user asks with to a vector: an id, a file, pixels, or a vector itself."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from radalike.embeddings.parts import read_rows
from radalike.errors import (
    CorruptPart,
    ImageRejected,
    InvalidVector,
    RecordNotFound,
    RejectCode,
    UsageError,
)
from radalike.imaging.formats import HEAD_BYTES, Format, format_of
from radalike.records import Pixels, Vectors
from radalike.vectors import check_unit

if TYPE_CHECKING:
    from radalike.library.library import Library


def query_vector(
    library: Library, query: str | Path | Pixels | Vectors
) -> tuple[Vectors, str | None]:
    """The query's vector, and the record's id when it is one of the library's own images.

    Raises RecordNotFound, UsageError (no such file), ImageRejected, InvalidVector.
    """
    if isinstance(query, np.ndarray):
        if query.dtype == np.uint8:
            return library.encoder.encode([query.astype(np.uint8, copy=False)])[0], None
        return _checked(library, query.astype(np.float32, copy=False)), None
    if isinstance(query, str) and is_id(query):
        return _stored(library, query), query.lower()
    return library.encoder.encode([render_file(Path(query), library.spec.rendering)])[0], None


def is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def render_file(path: Path, rendering: str = "stored-window") -> Pixels:
    """The pixels of an image or DICOM file (its middle frame). Raises UsageError, ImageRejected."""
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise UsageError(
            f"the query {path} cannot be read",
            hint="a query is an image file, a DICOM file, or the id of an image in the library",
        ) from exc
    return render_bytes(data, rendering)


def render_bytes(data: bytes, rendering: str = "stored-window") -> Pixels:
    """The pixels in `data`; of several frames the middle one. Raises ImageRejected."""
    kind = format_of(data[:HEAD_BYTES])
    if kind is Format.RASTER:
        from radalike.imaging.raster import render_raster

        return render_raster(data)
    if kind is Format.DICOM:
        from radalike.imaging.dicom import read_dicom, render_frame

        image = read_dicom(data)
        if image is not None:
            return render_frame(image, image.frames // 2, rendering).pixels
    raise ImageRejected(
        RejectCode.NOT_AN_IMAGE,
        "the query is no image",
        hint="give a PNG, JPEG, WebP, TIFF, BMP, GIF or DICOM file, or an id",
    )


def _stored(library: Library, image: str) -> Vectors:
    place = library.catalog.vector_place(library.fingerprint, image.lower())
    if place is None:
        raise RecordNotFound(
            f"no image {image} with a vector of {library.encoder_id} in this library",
            hint="ids are in the answers of `radalike search`",
            id=image,
        )
    path = library.layout.embeddings(library.fingerprint) / place.part
    try:
        vector: Vectors = read_rows(path, [place.row])[0]
    except CorruptPart:
        if library.catalog.vector_place(library.fingerprint, image.lower()) == place:
            raise
        return _stored(library, image)  # its part was rewritten by an erasure just now
    return vector


def _checked(library: Library, vector: Vectors) -> Vectors:
    if vector.shape != (library.spec.dimension,):
        raise InvalidVector(
            f"a query vector of shape {vector.shape}",
            hint=f"{library.encoder_id} has vectors of shape ({library.spec.dimension},)",
        )
    row: Vectors = np.ascontiguousarray(vector, dtype=np.float32)
    check_unit(row[None, :])
    return row

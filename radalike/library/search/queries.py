"""From what a user asks with to a vector: an id, a file, pixels, a text, or a vector itself."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from radalike.errors import (
    CorruptPart,
    ImageRejected,
    InvalidVector,
    NoTextTower,
    RadalikeError,
    RecordNotFound,
    UsageError,
)
from radalike.imaging.preparation import check_pixels
from radalike.library.named_encoder import library_encoder
from radalike.library.originals.rereading import read_original
from radalike.library.search.regions import Region, cropped
from radalike.library.search.uploads import sought
from radalike.records import Pixels, Vectors
from radalike.sandbox.opened_image import frame_of, open_image
from radalike.vectors import check_unit

if TYPE_CHECKING:
    from radalike.library.library import Library


@dataclass(frozen=True, slots=True)
class Text:
    """A query in words, for an encoder with a text tower."""

    words: str


Query: TypeAlias = "str | Path | Pixels | Vectors | Text"
"""An id of the library or a path (str), a path, rendered pixels (uint8), words, or a vector."""


@dataclass(frozen=True, slots=True)
class Look:
    """Which part of the query is meant.

    region: of it, None for the whole. frame: of a DICOM file, from 0; None for the middle one.
    root: the folder that the names of a data set's files are relative to: a region of an image in
    the library is cut from its original.
    """

    region: Region | None = None
    frame: int | None = None
    root: Path | None = None


WHOLE = Look()


def query_vector(library: Library, query: Query, look: Look = WHOLE) -> tuple[Vectors, str | None]:
    """The query's vector, and the record's id when it is one of the library's own images.

    Raises RecordNotFound, UsageError (no such file, region or frame; an original that is not to be
    had), ImageRejected, InvalidVector, NoTextTower.
    """
    picture, own = query_pixels(library, query, look)
    if picture is not None:
        return library.encoder.encode([picture])[0], own
    if isinstance(query, Text):
        return _of_text(library, query), None
    if isinstance(query, np.ndarray):
        return _checked(library, query.astype(np.float32, copy=False)), None
    return _stored(library, str(query)), own


def query_pixels(
    library: Library, query: Query, look: Look = WHOLE
) -> tuple[Pixels | None, str | None]:
    """What the encoder is to see, None where the query has no pixels or its vector is stored; and
    the id when it is one of the library's own images. Raises as `query_vector`."""
    if isinstance(query, Text) or (isinstance(query, np.ndarray) and query.dtype != np.uint8):
        if look != WHOLE:
            kind = "a text" if isinstance(query, Text) else "a vector"
            raise UsageError(f"{kind} has no region and no frame", hint="ask with an image")
        return None, None
    if isinstance(query, str) and is_id(query):
        if look.frame is not None:
            raise UsageError(
                "an image of the library is one frame already", hint="leave out the frame"
            )
        pixels = _original(library, query, look.root) if look.region is not None else None
        own = query.lower()
    elif isinstance(query, np.ndarray):
        if look.frame is not None:
            raise UsageError("pixels are one frame already", hint="leave out the frame")
        pixels, own = query.astype(np.uint8, copy=False), None
        check_pixels(pixels)
    else:
        pixels, own = render_file(Path(query), library.spec.rendering, look.frame), None
    if pixels is not None and look.region is not None:
        pixels = cropped(pixels, look.region)
    return pixels, own


def is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def render_file(path: Path, rendering: str = "stored-window", frame: int | None = None) -> Pixels:
    """The pixels of an image or DICOM file. Raises UsageError, ImageRejected."""
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as exc:  # ValueError: a name that no file can have
        raise UsageError(
            f"the query {path} cannot be read",
            hint="a query is an image file, a DICOM file, or the id of an image in the library",
        ) from exc
    return render_bytes(data, rendering, frame)


def render_bytes(data: bytes, rendering: str = "stored-window", frame: int | None = None) -> Pixels:
    """The pixels in `data`; of several DICOM frames `frame` (from 0), or the middle one, of an
    animation the first picture. Raises ImageRejected, UsageError for a frame it does not have."""
    return frame_of(open_image(data), frame, rendering)


def _original(library: Library, image: str, root: Path | None) -> Pixels:
    """The pixels of an image of the library, from its original, which is decoded apart."""
    record = library.get(image)
    data = read_original(library, record, root)
    try:
        pixels = library.decoder.original(data, sought(record), library.spec.rendering)
    except (ImageRejected, UsageError) as exc:
        raise _changed(record.id) from exc
    if pixels is None:
        raise _changed(record.id)
    return pixels


def _changed(image: str) -> UsageError:
    return UsageError(
        f"the original of image {image} is no longer what was added",
        hint="give the file that is meant in place of the id",
        id=image,
    )


def _of_text(library: Library, text: Text) -> Vectors:
    # Before the model is loaded: it would take seconds to say that it knows no text.
    if not library.spec.has_text_tower:
        able = _with_text_tower(library)
        raise NoTextTower(
            f"{library.encoder_id} knows images only, no text",
            hint=f"this library has one that does: --encoder {able[0]}"
            if able
            else "`radalike encoders list` shows which do; `radalike encode --encoder ID` adds one",
            encoder=library.encoder_id,
        )
    vector: Vectors = library.encoder.encode_text([text.words])[0]
    return vector


def _with_text_tower(library: Library) -> list[str]:
    """Ids of the encoders with vectors in the library that know text."""
    able = []
    for name in sorted(set(library.catalog.encoders().values())):
        with suppress(RadalikeError):  # one of the caller's own, which no name leads to
            rendering, catalog = library.settings.rendering, library.catalog
            spec = library_encoder(library.layout, name, rendering, library.store, catalog)
            able += [name] if spec.has_text_tower else []
    return able


def _stored(library: Library, image: str) -> Vectors:
    place = library.catalog.vector_place(library.fingerprint, image.lower())
    if place is None:
        raise RecordNotFound(
            f"no image {image} with a vector of {library.encoder_id} in this library",
            hint="ids are in the answers of `radalike search`",
            id=image,
        )
    try:
        vector = library.stored_row(place.part, place.row)
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

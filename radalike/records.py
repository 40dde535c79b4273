"""The record types that the stages of Radalike hand to each other: frozen data, no behaviour."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:  # a command that only looks something up loads no NumPy
    import numpy as np
    import numpy.typing as npt

Pixels: TypeAlias = "npt.NDArray[np.uint8]"
"""A rendered image: uint8, (height, width) for grey or (height, width, 3) for RGB."""

Vectors: TypeAlias = "npt.NDArray[np.float32]"
"""Embeddings: float32, (n, dimension), each row finite and of unit length."""

UNKNOWN = "unknown"


class FieldKind(StrEnum):
    KEYWORD = "keyword"
    INTEGER = "integer"


@dataclass(frozen=True, slots=True)
class PayloadField:
    """One indexed field of a point's payload.

    `graph`: the approximate index keeps extra links for it, because people filter by it often
    and its values are large groups. `many`: a point can have several values.
    """

    kind: FieldKind = FieldKind.KEYWORD
    graph: bool = False
    many: bool = False


PAYLOAD_FIELDS: Mapping[str, PayloadField] = {
    "modality": PayloadField(graph=True),
    "anatomy": PayloadField(graph=True),
    "organ": PayloadField(),
    "dataset": PayloadField(),
    "split": PayloadField(),
    "labels": PayloadField(many=True),
    "view": PayloadField(),
    "laterality": PayloadField(),
    "sex": PayloadField(),
    "age": PayloadField(FieldKind.INTEGER),
    "year": PayloadField(FieldKind.INTEGER),
    "manufacturer": PayloadField(),
    "contrast": PayloadField(),
    "image_type": PayloadField(),
    "patient": PayloadField(),
    "study": PayloadField(),
    "series": PayloadField(),
}
"""What a search can filter by. A field that is not here never enters an index's payload."""

Payload: TypeAlias = Mapping[str, Any]
"""Values of PAYLOAD_FIELDS: str, int, or a list of str where the field has many. A tile has two
more, which are not filtered by: `image`, the id of its image, and `region`, where in it it is."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The identifiers of a DICOM instance, as the file has them; empty where it has none. They live
    in memory only: pseudonyms are made of them."""

    instance: str
    series: str
    study: str
    patient: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Term:
    """A value of the vocabulary, where it was read from, and how far to trust it (0 to 1)."""

    value: str = UNKNOWN
    source: str = "none"
    confidence: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What is known of an image besides its pixels. Nothing here identifies a person:
    patient, study and series are pseudonyms under the library's key.

    slice_thickness: mm. contrast: `yes` or `no`. manufacturer, image_type: words of ours, never a
    file's own text.
    """

    dataset: str
    modality: Term = field(default_factory=Term)
    anatomy: Term = field(default_factory=Term)
    organ: str | None = None
    split: str | None = None
    labels: tuple[str, ...] = ()
    view: str | None = None
    laterality: str | None = None
    sex: str | None = None
    age: int | None = None
    year: int | None = None
    manufacturer: str | None = None
    slice_thickness: float | None = None
    contrast: str | None = None
    image_type: str | None = None
    patient: str | None = None
    study: str | None = None
    series: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecord:
    """One image (one frame of a DICOM instance, or one raster file) as the catalog knows it.

    id: UUIDv5 of the identity. content: SHA-256 (hex) of the rendered pixels.
    filepath: the data set's own public name, None where the source is private.
    locator: where the original is, encrypted under the library's key.
    evidence: what modality and anatomy were read from, encrypted likewise.
    identity: on its way in only: identifiers that are to be kept, sealed under the second key.
    duplicate_of: id of the first image with the same content.
    warnings: what the rendering had to work round.
    """

    id: str
    content: str
    metadata: Metadata
    width: int
    height: int
    frame: int = 0
    filepath: str | None = None
    locator: bytes | None = None
    evidence: bytes | None = None
    identity: bytes | None = None
    thumbnail: bool = False
    duplicate_of: str | None = None
    warnings: tuple[str, ...] = ()


def payload_of(metadata: Metadata, names: Iterable[str] = PAYLOAD_FIELDS) -> dict[str, Any]:
    """The point payload of `metadata`: its PAYLOAD_FIELDS (or `names` of them), absent where there
    is no value."""
    payload: dict[str, Any] = {}
    for name in names:
        value = getattr(metadata, name)
        if isinstance(value, Term):
            value = value.value
        elif isinstance(value, tuple):
            value = list(value)
        if value is not None and value != []:
            payload[name] = value
    return payload


def tile_id(image: str, region: str) -> str:
    """The point id of the part `region` ("x,y,w,h", pixels of the full frame) of an image: UUIDv5
    of the region, in the namespace of the image's id."""
    return str(uuid.uuid5(uuid.UUID(image), region))


def unknown_content(image: str) -> str:
    """What stands for the content hash of an image whose pixels nobody has seen: a SHA-256 of its
    id, so that it equals that of no other image, and no image counts as its duplicate."""
    return hashlib.sha256(f"content unknown\0{image}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Hit:
    """One similar image: `score` is the cosine similarity to the query, in [-1, 1]."""

    id: str
    score: float
    payload: Payload


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to one query; `backend` names the engine that gave it, `took_ms` its time.
    folded: of a collapsed answer, by id of a hit, how many others it stands for (absent: none)."""

    hits: tuple[Hit, ...]
    encoder: str
    backend: str
    took_ms: float
    folded: Mapping[str, int] = field(default_factory=dict)

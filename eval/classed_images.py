"""Images that have one class each: what classifiers and curves by class size work on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from eval.images import Codes, EmbeddedImages, Images, Mask, Rows, read_images
from eval.relevance import Gain, relevance_of
from radalike.errors import UsageError
from radalike.filters import Filter
from radalike.records import Vectors
from radalike.vectors import check_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassedImages:
    """classes: the class of each row, a place among `names`, -1 for none. roles: rows that have a
    class, by role. left_out: how many of a role have none."""

    images: Images
    relevance: str
    classes: Codes
    names: tuple[str, ...]
    roles: Mapping[str, Mask]
    left_out: Mapping[str, int]

    @property
    def patients(self) -> Codes:
        """The patient of each row, -1 where none is known."""
        return self.images.columns["patient"].codes


def read_classed_images(
    library: EmbeddedImages,
    roles: Mapping[str, Filter | None],
    relevance: str,
    columns: Iterable[str] = (),
) -> ClassedImages:
    """The images of each of `roles`, with `columns` besides class and patient.

    Raises UnknownName; UsageError for a relevance by which an image has several classes, and when
    no image is selected.
    """
    meant = relevance_of(relevance)
    if meant.gain is not Gain.SAME:
        raise UsageError(
            f"by {relevance} an image has several classes",
            hint="choose a field with one value an image: label, modality, anatomy …",
        )
    images = read_images(library, roles, {meant.column, "patient", *columns})
    column = images.columns[meant.column]
    has_class = column.codes >= 0
    return ClassedImages(
        images=images,
        relevance=relevance,
        classes=column.codes,
        names=column.names,
        roles={role: mask & has_class for role, mask in images.roles.items()},
        left_out={role: int((mask & ~has_class).sum()) for role, mask in images.roles.items()},
    )


def require_images(classed: ClassedImages, role: str, option: str) -> None:
    """Raises UsageError when no image of `role` has a class; `option` chooses them."""
    if classed.roles[role].any():
        return
    what = "query" if role == "queries" else role
    if classed.left_out[role]:
        raise UsageError(
            f"none of the {classed.left_out[role]} {what} images has one {classed.relevance}",
            hint="choose another relevance (label, modality, anatomy) or other images",
            role=what,
        )
    raise UsageError(
        f"there is no {what} image", hint=f"choose other images with {option}", role=what
    )


@dataclass(frozen=True, slots=True)
class Gathered:
    """rows: ascending; vectors: float32 (n, d), one for each. known: which rows of the images, of
    all of them, have an embedding."""

    rows: Rows
    vectors: Vectors
    known: Mask


def gather(
    library: EmbeddedImages, images: Images, which: Mask, encoder: str | None = None
) -> Gathered:
    """The embeddings of `which`; memory holds one copy of them. Raises UsageError when there is
    none, InvalidVector."""
    wanted = np.flatnonzero(which)
    vectors: Vectors | None = None
    known = np.zeros(len(images), dtype=bool)
    for chunk in library.embeddings(encoder=encoder):
        rows = images.rows_of(chunk.ids)
        known[rows[rows >= 0]] = True
        chosen = (rows >= 0) & which[rows]
        if vectors is None:
            vectors = np.empty((len(wanted), chunk.vectors.shape[1]), dtype=np.float32)
        vectors[np.searchsorted(wanted, rows[chosen])] = chunk.vectors[chosen]
    has_vector = known[wanted]
    if vectors is None or not has_vector.any():
        raise UsageError(
            "none of these images has an embedding",
            hint="choose others, or ingest them with this encoder first",
        )
    if not has_vector.all():
        wanted, vectors = wanted[has_vector], vectors[has_vector]
    check_unit(vectors)
    return Gathered(wanted, vectors, known)

"""Images that have one class each: what classifiers and curves by class size work on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from eval.images import Codes, EmbeddedImages, Images, Mask, read_images
from eval.relevance import Gain, relevance_of, require
from radalike.errors import UsageError
from radalike.filters import Filter


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
    require(classed.roles[role], classed.left_out[role], role, classed.relevance, option)

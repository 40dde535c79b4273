"""What a probe learns from, is chosen on and is tested on: parts of one matrix of embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.classed_images import ClassedImages, require_images
from eval.classification.outcome import classes_to_tell
from eval.embedded_rows import gather
from eval.exclusion import excluded_columns
from eval.images import EmbeddedImages, Mask, Rows
from radalike.errors import UsageError
from radalike.records import Vectors

SHARE = 0.1
"""Of the training images; so many are held out where there are none for validation."""

COLUMNS = ("content",)
"""That are read besides those of the classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """rows: of the images; vectors: float32 (n, d), one for each. classes: int64 (n,), places among
    `told`, -1 for a class that is not learnt. training, validation, tested: places in `rows`; the
    first two have only classes that are learnt. held_out: whether validation is a part of the
    index. taken_out: index images that are not learnt from since they are tested, or excluded.
    without_vector: by role, images without an embedding."""

    rows: Rows
    vectors: Vectors
    classes: npt.NDArray[np.int64]
    told: npt.NDArray[np.int64]
    training: Rows
    validation: Rows
    tested: Rows
    held_out: bool
    taken_out: int
    without_vector: Mapping[str, int]


def read_examples(
    library: EmbeddedImages,
    classed: ClassedImages,
    *,
    encoder: str | None,
    exclude: Sequence[str],
    validation_needed: bool,
    seed: int,
) -> Examples:
    """validation_needed: it is an error when no image is for validation; else a part of the index
    is held out for it. exclude: index images that have a query's, or a validation image's, patient
    (or study, or content) are not learnt from either. Raises UsageError, UnknownName."""
    for role in ("index", "queries"):
        require_images(classed, role, f"--{role}")
    if validation_needed:
        require_images(classed, "validation", "--validation")
    roles = classed.roles
    both = int((roles["validation"] & roles["queries"]).sum())
    if both:
        raise UsageError(
            f"{both} images are for validation and queries too: the probe would be chosen on what "
            "is reported",
            hint="choose others with --validation",
        )
    others = roles["queries"] | roles["validation"]
    learnt = roles["index"] & ~others & ~_excluded(classed, others, exclude)
    gathered = gather(library, classed.images, roles["index"] | others, encoder)
    rows, has_vector = gathered.rows, gathered.known
    training, validation = learnt & has_vector, roles["validation"] & has_vector
    for role, mask in (("index", training), ("query", roles["queries"] & has_vector)):
        if not mask.any():
            raise UsageError(
                f"there is no {role} image with an embedding that is not tested as well",
                hint="choose other images with --index and --queries, or ingest them with this "
                "encoder first",
            )
    held_out = not validation.any() and not validation_needed
    if held_out:
        validation = part_held_out(classed, training, seed)
        training = training & ~validation
    told = classes_to_tell(classed, np.flatnonzero(training))
    places = np.full(len(classed.names) + 1, -1, dtype=np.int64)
    places[told] = np.arange(len(told))
    classes = places[classed.classes[rows]]
    chosen_on = np.flatnonzero(validation[rows] & (classes >= 0))
    if not len(chosen_on):
        raise UsageError(
            f"no validation image has an embedding, and a {classed.relevance} that is learnt",
            hint="choose others with --validation; without it, a part of the index is held out"
            if not held_out
            else "with one patient a class nothing can be held out: choose with --validation",
        )
    return Examples(
        rows=rows,
        vectors=gathered.vectors,
        classes=classes,
        told=told,
        training=np.flatnonzero(training[rows]),
        validation=chosen_on,
        tested=np.flatnonzero(roles["queries"][rows]),
        held_out=held_out,
        taken_out=int((roles["index"] & has_vector & ~learnt).sum()),
        without_vector={
            role: int((roles[role] & ~has_vector).sum()) for role in ("queries", "index")
        },
    )


def _excluded(classed: ClassedImages, others: Mask, names: Sequence[str]) -> Mask:
    excluded = np.zeros(len(classed.images), dtype=bool)
    for name in excluded_columns(names):
        codes = classed.images.columns[name].codes
        excluded |= np.isin(codes, codes[others & (codes >= 0)])
    return excluded


def part_held_out(classed: ClassedImages, training: Mask, seed: int) -> Mask:
    """About SHARE of `training`: whole patients (images of unknown patients by equal content),
    drawn at random; none without which a class would have no image left to learn from."""
    rows = np.flatnonzero(training)
    patients, contents = classed.patients[rows], classed.images.columns["content"].codes[rows]
    _, groups = np.unique(
        np.where(patients >= 0, patients, contents.astype(np.int64) + patients.max(initial=0) + 1),
        return_inverse=True,
    )
    sizes = np.bincount(groups)
    order = np.random.default_rng(seed).permutation(len(sizes))
    before = np.cumsum(sizes[order]) - sizes[order]
    held = np.zeros(len(sizes), dtype=bool)
    held[order[before < SHARE * len(rows)]] = True
    classes = classed.classes[rows]
    lost = ~np.isin(classes, classes[~held[groups]])
    held[groups[lost]] = False
    part = np.zeros(len(training), dtype=bool)
    part[rows[held[groups]]] = True
    return part

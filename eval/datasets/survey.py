"""The first walk over a data set's lists: what the manifest's header and checks need."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass

from eval.datasets.dataset import Dataset, Reason
from radalike.errors import UsageError


@dataclass(frozen=True, slots=True)
class Survey:
    """rows: of the lists, whatever becomes of them. labels: the manifest's label columns."""

    rows: int
    labels: tuple[str, ...]
    regions: tuple[str, ...]
    maybe_repeated: Callable[[str], bool]
    """False for a path that is certainly listed only once."""


def survey(dataset: Dataset) -> Survey:
    """Walk the lists once, in memory of eight bytes an image (and one entry a patient).

    Raises UsageError when a patient is in two splits, which no published split has, and when a path
    leads out of the data set.
    """
    rows = 0
    labels: set[str] = set()
    regions: set[str] = set()
    hashes = array("q")
    splits: dict[tuple[str, str], str] = {}
    torn: set[tuple[str, str]] = set()
    for image in dataset.images():
        rows += 1
        if isinstance(image, Reason):
            continue
        if "/../" in f"/{image.path}" or image.path.startswith("/"):
            raise UsageError(
                f"row {rows} of the lists leads out of the data set's folder",
                hint="download the lists again",
            )
        hashes.append(hash(image.path))
        labels.update(image.labels)
        regions.add(image.region)
        patient = (image.dataset, image.patient)
        if image.patient and splits.setdefault(patient, image.split) != image.split:
            torn.add(patient)
    if torn:
        raise UsageError(
            f"{len(torn)} of {len(splits)} patients of {dataset.title} are in more than one split",
            hint="the published lists keep patients apart; download them again",
            patients=len(torn),
        )
    repeated = _repeated(hashes)
    return Survey(
        rows,
        dataset.labels or tuple(sorted(labels)),
        tuple(sorted(regions)),
        lambda path: hash(path) in repeated,
    )


def _repeated(hashes: array[int]) -> frozenset[int]:
    import numpy as np

    ordered = np.sort(np.frombuffer(hashes, dtype=np.int64))
    return frozenset(ordered[1:][ordered[1:] == ordered[:-1]].tolist())

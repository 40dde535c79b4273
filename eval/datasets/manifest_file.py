"""The manifest in the study's format (Denner et al. 2024): filepath, dataset, split, modality,
anatomic_region, the patient and study where a data set gives them, then 0 or 1 per label."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from eval.datasets.dataset import ListedImage
from radalike.storage import export_errors, replaced

_COLUMNS = ("filepath", "dataset", "split", "modality", "anatomic_region")


@contextmanager
def written_manifest(
    path: Path, identity: Sequence[str], labels: Sequence[str]
) -> Iterator[Callable[[str, ListedImage], None]]:
    """A function of (filepath, image) that adds a row. `path` gets its content when the block ends
    well, synced and at once; when it does not, `path` is left as it was.

    identity: which of patient and study are columns. labels: the label columns, in their order.
    """
    with (
        export_errors(path),
        replaced(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((*_COLUMNS, *identity, *labels))
        yield _row_writer(writer.writerow, identity, labels)


def _row_writer(
    write: Callable[[Sequence[str]], object], identity: Sequence[str], labels: Sequence[str]
) -> Callable[[str, ListedImage], None]:
    values: dict[tuple[str, ...], tuple[str, ...]] = {}  # a million images, few sets of labels

    def add(filepath: str, image: ListedImage) -> None:
        if image.labels not in values:
            values[image.labels] = tuple("1" if each in image.labels else "0" for each in labels)
        named = {"patient": image.patient, "study": image.study}
        head = (filepath, image.dataset, image.split, image.modality, image.region)
        write((*head, *(named[each] for each in identity), *values[image.labels]))

    return add

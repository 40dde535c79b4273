"""MedMNIST: small images inside of .npz files, which are written out as PNG.

Layout: pneumoniamnist.npz, or pneumoniamnist_64.npz, _128, _224 (MedMNIST+), each with the arrays
train_images, train_labels, val_images, … (Yang et al., Scientific Data 2023;10:41, and the authors'
package). They give no patients.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from eval.datasets.dataset import SPLITS, Dataset, ListedImage, Reason
from eval.datasets.medmnist_sets import RADIOLOGY_SETS, MedMnistSet
from eval.datasets.npz_arrays import StoredArray, opened_array, opened_npz
from radalike.errors import UnknownName, UsageError
from radalike.storage import export_errors, replacing

if TYPE_CHECKING:
    from zipfile import ZipFile

    import numpy as np
    from numpy.typing import NDArray


class MedMnist(Dataset):
    name = "medmnist"
    title = "MedMNIST (CT, XR and US of 28 to 224 pixels)"
    layout = f".npz files of {', '.join(RADIOLOGY_SETS)} (or is one of them)"
    split_rule = "as published"

    def __init__(self, directory: Path, images_to: Path | None = None) -> None:
        """`images_to` is where the images go, in a folder per file; beside the files when None."""
        given = Path(os.path.abspath(directory))
        files = [given] if given.is_file() else sorted(given.glob("*.npz"))
        if not files:
            raise UsageError(
                f"there is no .npz file in {directory}", hint=f"the folder holds {self.layout}"
            )
        names = [_set_name(path) for path in files]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(
                f"{directory} holds {twice[0]} in several sizes: the same images",
                hint="name one file instead of the folder",
            )
        self._sets = {path: RADIOLOGY_SETS[name] for path, name in zip(files, names, strict=True)}
        self.tables = tuple(files)
        self.base = self.root = Path(os.path.abspath(images_to or files[0].parent))
        self.labels = tuple(
            dict.fromkeys(label for each in self._sets.values() for label in each.labels)
        )

    def images(self) -> Iterator[ListedImage | Reason]:
        for path, split, archive in self._archives():
            labelled = self._sets[path]
            with opened_array(archive, f"{split}_labels") as array:
                for number, row in enumerate(_label_rows(array, labelled, path.name)):
                    labels = tuple(map(labelled.label, row))
                    if not row and labelled.none_of_them:
                        labels = (labelled.label_of_none,)
                    yield ListedImage(
                        _place(path, split, number),
                        _set_name(path),
                        split,
                        labelled.modality,
                        labelled.region(row[0] if row else 0),
                        labels,
                    )

    def extract(self, progress: Callable[[int, int], None], *, force: bool) -> None:
        """Raises UsageError for images that are not MedMNIST's, or when another image has the name
        of one and `force` is not set."""
        total = sum(self._count(archive, path, split) for path, split, archive in self._archives())
        done = 0
        for path, split, archive in self._archives():
            with opened_array(archive, f"{split}_images") as array:
                for number, pixels in enumerate(array):
                    self._write(_place(path, split, number), pixels, force=force)
                    done += 1
                    if done % 100 == 0:
                        progress(done, total)

    def _archives(self) -> Iterator[tuple[Path, str, ZipFile]]:
        for path in self._sets:
            with opened_npz(path) as archive:
                for split in SPLITS:
                    yield path, split, archive

    def _count(self, archive: ZipFile, path: Path, split: str) -> int:
        """How many images. Raises UsageError unless they are bytes, and as many as labels."""
        with opened_array(archive, f"{split}_images") as images:
            shape, dtype = images.shape, images.dtype
        with opened_array(archive, f"{split}_labels") as labels:
            count = labels.shape[0]
        grey = len(shape) == 3
        if str(dtype) != "uint8" or not (grey or (len(shape) == 4 and shape[3] == 3)):
            raise UsageError(
                f"{path.name}: {split}_images is {dtype} of shape {shape}, no images",
                hint="MedMNIST's are uint8 of (n, height, width) or (n, height, width, 3)",
            )
        if count != shape[0]:
            raise UsageError(
                f"{path.name}: {shape[0]} {split} images, but {count} labels",
                hint="download the file again",
            )
        return count

    def _write(self, place: str, pixels: NDArray[np.generic], *, force: bool) -> None:
        """An image that is there already, with this content, is not touched."""
        from PIL import Image

        buffer = BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        path = self.base / place
        with export_errors(path):
            if path.is_file():
                if path.read_bytes() == buffer.getvalue():
                    return
                if not force:
                    raise UsageError(
                        f"{path} is there already, with another content",
                        hint="--force writes it anew; --images-to names another folder",
                    )
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path, synced=False) as file:
                file.write(buffer.getvalue())


def _set_name(path: Path) -> str:
    """pneumoniamnist of pneumoniamnist_224.npz."""
    name = path.stem.partition("_")[0]
    if path.suffix != ".npz" or name not in RADIOLOGY_SETS:
        raise UnknownName(
            "radiology set of MedMNIST",
            path.name,
            [f"{each}.npz" for each in RADIOLOGY_SETS],
            hint=f"radiology sets: {', '.join(RADIOLOGY_SETS)}; name one file, or keep the others "
            "in another folder",
        )
    return name


def _place(path: Path, split: str, number: int) -> str:
    return f"{path.stem}/{split}/{number:06}.png"


def _label_rows(array: StoredArray, labelled: MedMnistSet, name: str) -> Iterator[list[int]]:
    """The numbers of the positive labels of each image: of columns of 0 and 1, or one number."""
    count = len(labelled.findings)
    width = count if labelled.several else 1
    if array.shape[1:] not in ((width,), () if width == 1 else (width,)):
        raise UsageError(
            f"{name}: {array.name} has the shape {array.shape}, not (n, {width})",
            hint="download the file again",
        )
    for row in array:
        values = [int(value) for value in row.ravel()]
        if not all(0 <= value < (2 if labelled.several else count) for value in values):
            raise UsageError(
                f"{name}: {array.name} holds {max(values, key=abs)}, which is no label of it",
                hint=f"there are {count} labels; download the file again",
            )
        yield [number for number, on in enumerate(values) if on] if labelled.several else values

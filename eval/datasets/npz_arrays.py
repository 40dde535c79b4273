"""Arrays inside an .npz file, row by row: an archive of gigabytes in memory of one image.

The format is NumPy's (numpy.lib.format, versions 1.0 and 2.0). Python objects are never loaded.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from tokenize import TokenError
from typing import IO, TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from radalike.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

_LARGEST_ROW = 64 * 2**20
_DAMAGE = (BadZipFile, EOFError, zlib.error, struct.error, RuntimeError, OSError)
"""RuntimeError: an archive with a password, or packed in a way that Python does not know."""


@contextmanager
def opened_npz(path: Path) -> Iterator[ZipFile]:
    """Raises UsageError for what is no .npz file, or one that is cut short."""
    with _damage(path.name):
        archive = ZipFile(path)
    with archive:
        yield archive


@dataclass(frozen=True, slots=True)
class StoredArray:
    """An array of an archive: its shape (n, …) and dtype, without its content."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    file: IO[bytes]

    def __iter__(self) -> Iterator[NDArray[np.generic]]:
        """The rows, each of shape[1:]. Raises UsageError when the archive ends before them."""
        import numpy as np

        size = prod(self.shape[1:]) * self.dtype.itemsize
        for _ in range(self.shape[0]):
            content = self.file.read(size)
            if len(content) != size:
                raise UsageError(f"{self.name} ends early", hint="download the file again")
            yield np.frombuffer(content, self.dtype).reshape(self.shape[1:])
        if self.file.read(1):  # the last read also compares the checksum
            raise UsageError(f"{self.name} is longer than it says", hint="download the file again")


@contextmanager
def opened_array(archive: ZipFile, name: str) -> Iterator[StoredArray]:
    """The array `name` of `archive`. Raises UsageError when it is not there, holds Python objects
    or is no array of numbers in C order."""
    from numpy.lib import format as npy

    try:
        with _damage(name):
            file = archive.open(f"{name}.npy")
    except KeyError as exc:
        raise UsageError(
            f"there is no {name} in the .npz file", hint="download it again, as published"
        ) from exc
    with file, _damage(name):
        try:
            version = npy.read_magic(file)
            header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, fortran_order, dtype = header(file)
        except (ValueError, SyntaxError, TokenError) as exc:
            raise UsageError(
                f"{name} is no NumPy array", hint="download the .npz file again"
            ) from exc
        if dtype.hasobject or dtype.kind not in "bui":
            raise UsageError(
                f"{name} holds {'Python objects' if dtype.hasobject else dtype}, no whole numbers",
                hint="such a file is not MedMNIST's, and loading it could run a program",
            )
        if fortran_order or not shape or prod(shape[1:]) * dtype.itemsize > _LARGEST_ROW:
            raise UsageError(
                f"{name} has the shape {shape}, in an order that MedMNIST does not use",
                hint="download the .npz file again",
            )
        yield StoredArray(name, shape, dtype, file)


@contextmanager
def _damage(name: str) -> Iterator[None]:
    """What the archive is found to be while it is read, by its name."""
    try:
        yield
    except _DAMAGE as exc:
        raise UsageError(
            f"{name} is damaged, cut short or of no .npz file", hint="download the file again"
        ) from exc

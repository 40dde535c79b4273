"""Reading an HDF5 file of embeddings: one 1-D float32 data set per image, groups as folders.

Nothing outside of the file is ever read: links and data sets whose values are elsewhere are
problems of their keys. Names are listed by call-backs, so that a folder of millions costs no more
memory than one of few.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ingest.embedding_files.keys import KeySet, digest_of, leads_out
from ingest.embedding_files.problems import Problem, printable
from radalike.errors import UsageError
from radalike.records import Vectors

if TYPE_CHECKING:
    import h5py

# What h5py raises for a file that is not what its own tables say.
_DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError)
_LONGEST = 1 << 16  # numbers of a vector: more is no embedding

Found = Callable[[str, int, Problem | None], None]
"""Called with each key, its digest, and what is wrong with it."""


class VectorFile:
    """Open as a context manager. `list_keys` comes before the rest.

    Raises UsageError for what is no HDF5 file, or is truncated or damaged.
    """

    def __init__(self, path: Path) -> None:
        import h5py

        self.name = path.name
        self._keys = KeySet()
        self._problems: dict[int, Problem] = {}
        try:
            self._file = h5py.File(path, "r")
        except OSError as exc:
            raise _not_opened(path, exc) from exc

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def list_keys(self, found: Found) -> None:
        """Tell `found` of everything in the file, in the order of names. Raises UsageError when
        the file is damaged."""
        from h5py import h5g, h5o

        def take(key: str, problem: Problem | None) -> None:
            digest = digest_of(key)
            problem = Problem.PATH_ESCAPE if leads_out(key) else problem
            self._keys.add(digest)
            if problem is not None:
                self._problems[digest] = problem
            found(key, digest, problem)

        seen, folders = set(), [""]
        try:
            while folders:
                prefix = folders.pop()
                group = h5g.open(self._file.id, prefix.encode("utf-8", "surrogateescape") or b"/")
                place = h5o.get_info(group).addr
                if place in seen:
                    raise _damaged(self.name, "a folder is in it twice")
                seen.add(place)
                inner = _entries(group, prefix, take)
                folders += reversed(inner)
        except _DAMAGE as exc:
            raise _damaged(self.name, "its table of contents cannot be read") from exc

    def __contains__(self, digest: int) -> bool:
        return digest in self._keys

    def read(self, key: str, digest: int) -> Vectors | Problem:
        """The vector of a key that was listed, float32 (length,), whatever is in it; or why it is
        none."""
        from h5py import h5d, h5s

        if digest in self._problems:
            return self._problems[digest]
        try:
            dataset = h5d.open(self._file.id, key.encode("utf-8", "surrogateescape"))
            described = dataset.get_create_plist()
            if described.get_external_count() or described.get_layout() == h5d.VIRTUAL:
                return Problem.LEADS_OUT
            if dataset.dtype.kind != "f" or dataset.dtype.itemsize != 4:
                return Problem.WRONG_TYPE
            shape = dataset.shape
            if len(shape) != 1 or not 0 < shape[0] <= _LONGEST:
                return Problem.WRONG_DIMENSION
            vector = np.empty(shape, dtype=np.float32)
            dataset.read(h5s.ALL, h5s.ALL, vector)
        except _DAMAGE:
            return Problem.UNREADABLE
        return vector


def _entries(
    group: h5py.h5g.GroupID, prefix: str, take: Callable[[str, Problem | None], None]
) -> list[str]:
    """Tell `take` of what is in a group but for the groups in it, whose keys are returned."""
    from h5py import h5l, h5o

    inner: list[str] = []
    raised: list[BaseException] = []

    def listed(name: bytes, link: Any) -> None:
        text = name.decode("utf-8", "surrogateescape")
        key = f"{prefix}/{text}" if prefix else text
        if link.type != h5l.TYPE_HARD:
            take(key, Problem.LEADS_OUT)
            return
        kind = h5o.get_info(group, name).type
        if kind == h5o.TYPE_GROUP:
            inner.append(key)
        else:
            take(key, None if kind == h5o.TYPE_DATASET else Problem.WRONG_TYPE)

    def entry(name: bytes, link: Any) -> bool | None:
        try:
            listed(name, link)
        except BaseException as exc:  # noqa: BLE001 - raised below: HDF5 cannot pass it on
            raised.append(exc)
            return True  # ends the iteration
        return None

    group.links.iterate(entry, info=True)
    if raised:
        raise raised[0]
    return inner


def _not_opened(path: Path, exc: OSError) -> UsageError:
    said = str(exc)
    if "truncated" in said:
        return UsageError(
            f"{path.name} is truncated: a part of it is missing",
            hint="copy or download it again, and compare its size with the source's",
        )
    if "signature not found" in said:
        return UsageError(
            f"{path.name} is no HDF5 file",
            hint="embeddings come in HDF5, one float32 data set per image, named by its filepath",
        )
    if exc.strerror is None or exc.errno is None:
        return _damaged(path.name, "it cannot be opened")
    reason = "it is a folder" if isinstance(exc, IsADirectoryError) else _reason(exc)
    return UsageError(f"{path} cannot be read: {reason}", hint="check the path")


def _reason(exc: OSError) -> str:

    return os.strerror(exc.errno or 0)


def _damaged(name: str, how: str) -> UsageError:
    return UsageError(
        f"{printable(name)} is damaged: {how}",
        hint="copy or download it again, and compare its checksum with the source's",
    )

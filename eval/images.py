"""What evaluation knows of the images it looks at: a row an image, its fields as numbers.

Rows are in order of id, so that "equal scores in order of id" is the order of row numbers, and
everything after this works on integers.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from radalike.errors import UnknownName, UsageError
from radalike.filters import Filter, asks_for_ids, fields_of, matches
from radalike.records import PAYLOAD_FIELDS, UNKNOWN, ImageRecord, payload_of

if TYPE_CHECKING:
    from radalike.embeddings.parts import EmbeddingChunk

Codes: TypeAlias = npt.NDArray[np.integer[Any]]
"""Values of a field as numbers, 0 and up; -1 where there is none."""

Rows: TypeAlias = npt.NDArray[np.int64]
"""Rows of an `Images`; -1 for none."""

Mask: TypeAlias = npt.NDArray[np.bool_]
"""Which rows of an `Images`: (n,)."""

SEPARATOR = "\n"
"""Between the labels of one set, in the names of the column `labels`."""

_ID = "S36"


class EmbeddedImages(Protocol):
    """What evaluation needs of a `radalike.library.Library`."""

    @property
    def encoder_id(self) -> str: ...

    def embeddings(
        self, condition: Filter | None = None, /, *, encoder: str | None = None
    ) -> Iterator[EmbeddingChunk]: ...

    def records(self, condition: Filter | None = None, /) -> Iterator[ImageRecord]: ...


@dataclass(frozen=True, slots=True)
class Column:
    """One field of all images: `codes` (n,) int32, and the value that each code stands for."""

    codes: Codes
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Images:
    """ids: bytes, (n,), ascending. roles: which rows each of the filters selects.

    columns: `label` (the only one; none where there are several), `labels` (the set of them, its
    names joined by SEPARATOR), `content` (hash of the pixels), and the fields of a payload.
    """

    ids: npt.NDArray[np.bytes_]
    columns: Mapping[str, Column]
    roles: Mapping[str, Mask]

    def __len__(self) -> int:
        return len(self.ids)

    def rows_of(self, ids: Sequence[str]) -> Rows:
        """The row of each id, -1 for one that is not here."""
        wanted = np.array(ids, dtype=_ID)
        found = np.searchsorted(self.ids, wanted)
        found[found == len(self.ids)] = 0
        known = self.ids[found] == wanted if len(self.ids) else np.zeros(len(wanted), bool)
        return np.where(known, found, -1).astype(np.int64)

    def names(self, rows: Rows) -> list[str]:
        """The ids of rows, as text."""
        return [name.decode() for name in self.ids[rows].tolist()]


def read_images(
    library: EmbeddedImages, roles: Mapping[str, Filter | None], columns: Iterable[str]
) -> Images:
    """The images that one of `roles` selects, with these columns. The catalog is read once.

    Raises UnknownName for a column that is none of COLUMNS; UsageError when there is no image.
    """
    # By name: a set has another order in each process, and what is kept of a run is known by it.
    readers = {name: _reader(name) for name in sorted(columns)}
    codes: dict[str, dict[str, int]] = {name: {} for name in readers}
    values = {name: array("i") for name in readers}
    columns_of = [(read, codes[name], values[name].append) for name, read in readers.items()]
    choices: list[tuple[bool, ...]] = []
    ids: list[str] = []
    needed = (PAYLOAD_FIELDS.keys() & readers.keys()).union(*map(fields_of, roles.values()))
    choose = _chooser(roles)
    for record in library.records():
        payload = payload_of(record.metadata, needed)
        chosen = choose(record.id, payload)
        if not any(chosen):
            continue
        ids.append(record.id)
        choices.append(chosen)
        for read, known, append in columns_of:
            value = read(record, payload)
            append(-1 if value is None else known.setdefault(value, len(known)))
    if not ids:
        raise UsageError(
            "no image of this library is selected",
            hint="`radalike status` says what there is; choose other images",
        )
    sorted_ids = np.array(ids, dtype=_ID)
    order = np.argsort(sorted_ids, kind="stable")
    return Images(
        sorted_ids[order],
        {name: _column(np.array(values[name])[order], codes[name]) for name in readers},
        dict(zip(roles, np.array(choices).T[:, order], strict=True)),
    )


def _chooser(
    roles: Mapping[str, Filter | None],
) -> Callable[[str, Mapping[str, Any]], tuple[bool, ...]]:
    """Which roles select an image. Images with the same values are decided once, unless a filter
    asks for ids."""
    deciding = sorted(frozenset().union(*map(fields_of, roles.values())))
    known: dict[str, tuple[bool, ...]] = {}

    def decide(image: str, payload: Mapping[str, Any]) -> tuple[bool, ...]:
        return tuple(each is None or matches(each, image, payload) for each in roles.values())

    def remembered(image: str, payload: Mapping[str, Any]) -> tuple[bool, ...]:
        values = repr([payload.get(name) for name in deciding])
        if values not in known:
            known[values] = decide(image, payload)
        return known[values]

    return decide if any(map(asks_for_ids, roles.values())) else remembered


def _column(codes: Codes, known: Mapping[str, int]) -> Column:
    """Codes in the order of their names, whatever the order they were met in."""
    names = tuple(known)
    order = sorted(range(len(names)), key=names.__getitem__)
    new = np.empty(len(names) + 1, dtype=np.int32)
    new[order] = np.arange(len(names))
    new[-1] = -1
    return Column(new[codes], tuple(names[code] for code in order))


_Reader: TypeAlias = Callable[[ImageRecord, Mapping[str, Any]], str | None]


def _only_label(record: ImageRecord, _payload: Mapping[str, Any]) -> str | None:
    labels = record.metadata.labels
    return labels[0] if len(labels) == 1 else None


def _label_set(record: ImageRecord, _payload: Mapping[str, Any]) -> str | None:
    return SEPARATOR.join(sorted(set(record.metadata.labels))) or None


def _content(record: ImageRecord, _payload: Mapping[str, Any]) -> str | None:
    return record.content


def _field(name: str) -> _Reader:
    def read(_record: ImageRecord, payload: Mapping[str, Any]) -> str | None:
        value = payload.get(name)
        return None if value is None or value == UNKNOWN else str(value)

    return read


def _reader(name: str) -> _Reader:
    if name not in COLUMNS:
        raise UnknownName("column", name, COLUMNS)
    return {"label": _only_label, "labels": _label_set, "content": _content}.get(name) or _field(
        name
    )


PERSONAL = frozenset({"patient", "series", "study"})
"""Columns whose values stand for a person: nothing is named or grouped by them."""

COLUMNS = tuple(sorted({*PAYLOAD_FIELDS, "label", "labels", "content"}))
"""The columns that images have."""

"""What is in a library, in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radalike.library.encoders.coverage import held_parts

if TYPE_CHECKING:
    from radalike.library.readable_library import ReadableLibrary


@dataclass(frozen=True, slots=True)
class Status:
    """Counts of images; `parts` and `indexed` and `pending` are of the encoder in use, `encoders`
    the coverage of each (see `Coverage`)."""

    images: int
    by_modality: dict[str, int]
    by_anatomy: dict[str, int]
    by_dataset: dict[str, int]
    encoders: list[dict[str, Any]]
    parts: int
    indexed: int
    pending: int
    duplicates: int
    rejected: int
    bytes: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def status_of(library: ReadableLibrary) -> Status:
    catalog, layout = library.catalog, library.layout
    totals = catalog.totals()
    own = catalog.parts(library.fingerprint)
    index = index_state(library)
    return Status(
        images=totals["images"],
        by_modality=catalog.counts("modality"),
        by_anatomy=catalog.counts("anatomy"),
        by_dataset=catalog.counts("dataset"),
        encoders=[each.as_json() for each in library.coverage()],
        parts=len(own),
        indexed=index.indexed,
        pending=index.pending,
        duplicates=totals["duplicates"],
        rejected=totals["rejected"],
        bytes={
            "catalog": sum(_size(path) for path in layout.root.glob("catalog.sqlite*")),
            "embeddings": _size(layout.root / "embeddings"),
            "index": _size(layout.root / "index"),
            "thumbnails": _size(layout.thumbnails),
        },
    )


@dataclass(frozen=True, slots=True)
class IndexState:
    """Rows of the parts of the encoder in use: in the built index, and not yet."""

    indexed: int
    pending: int


def index_state(library: ReadableLibrary) -> IndexState:
    held = held_parts(library, library.fingerprint)
    parts = library.catalog.parts(library.fingerprint)
    indexed = sum(part.rows for part in parts if part.name in held)
    return IndexState(indexed, sum(part.rows for part in parts) - indexed)


def _size(path: Path) -> int:
    """Bytes on disk, of a file or of all below a folder; files that vanish meanwhile count 0."""
    if path.is_file():
        return _blocks(path)
    return sum(_blocks(each) for each in path.rglob("*") if each.is_file())


def _blocks(path: Path) -> int:
    try:
        return path.stat().st_blocks * 512
    except FileNotFoundError:
        return 0

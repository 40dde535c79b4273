"""A library's vectors into a file of the study's format, or Parquet; as they are, to the bit.

Nothing private leaves: no locator, and no name but those that a data set itself has published.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.embedding_files.export_formats import Exported, Sink, hdf5_sink, parquet_sink
from ingest.embedding_files.keys import leads_out
from ingest.embedding_files.manifest_writer import Columns, ManifestWriter, columns_of
from radalike.errors import UsageError
from radalike.library.privacy.pseudonyms import public_identity
from radalike.library.search.searching import check_vectors
from radalike.records import ImageRecord
from radalike.storage import export_errors, replaced

if TYPE_CHECKING:
    from radalike.filters import Filter
    from radalike.library import Library

_BATCH = 4096  # records that the catalog is asked for at once

Progress = Callable[[int, int], None]

_SINKS: dict[str, Callable[[Path, int], Sink]] = {
    ".h5": hdf5_sink,
    ".hdf5": hdf5_sink,
    ".parquet": parquet_sink,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """images, those that were chosen = exported + without_vector.

    named_by_id: exported ones that have no public name, and so go by their id in this library.
    several_labels: exported ones with more than one label, whose rows an import refuses.
    """

    encoder: str
    fingerprint: str
    dimension: int
    images: int
    exported: int
    without_vector: int
    named_by_id: int
    several_labels: int
    file: str
    manifest: str | None
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def sentences(self) -> list[str]:
        """The report in words."""
        vectors = f"{self.exported:,} vectors of {self.encoder} ({self.dimension} numbers)"
        lines = [f"{vectors} in {self.file}; {self.seconds:.1f} s."]
        if self.without_vector:
            lines.append(f"{self.without_vector:,} images have none: `radalike encode` adds them.")
        if self.named_by_id:
            lines.append(f"{self.named_by_id:,} have no public name, and go by their id.")
        if self.manifest:
            lines.append(f"Their manifest is {self.manifest}.")
            if self.several_labels:
                lines.append(
                    f"{self.several_labels:,} have several labels: the study keeps one, and an "
                    "import leaves such rows out."
                )
        return lines


def export_embeddings(
    library: Library,
    output: Path,
    *,
    manifest: Path | None = None,
    condition: Filter | None = None,
    progress: Progress = lambda _done, _total: None,
) -> ExportReport:
    """Write the vectors of `library.spec` of the images that pass into `output` (.h5, .parquet),
    and their rows into `manifest`. The files are there as a whole, or not at all.

    Raises UsageError for another kind of file, when there is nothing to write, when two images
    have the same name (of two data sets), and for labels that a manifest cannot hold; CorruptPart,
    StorageFull.
    """
    started = time.monotonic()
    open_sink = _SINKS.get(output.suffix.lower())
    if open_sink is None:
        raise UsageError(
            f"{output.name} is of no known kind", hint="name a file .h5, .hdf5 or .parquet"
        )
    if manifest is not None and manifest.absolute() == output.absolute():
        raise UsageError("vectors and manifest cannot be one file", hint="name two")
    columns = columns_of(library.records(condition), strict=manifest is not None)
    check_vectors(library)
    exported = by_id = several = 0
    with ExitStack() as held:
        # The manifest is put in place last: vectors without one are no harm.
        table = _manifest(held, manifest, columns)
        held.enter_context(export_errors(output))
        temporary = held.enter_context(replaced(output))
        with open_sink(temporary, library.spec.dimension) as sink:
            for batch in _exported(library, condition):
                sink.write(batch)
                for each in batch:
                    by_id += not each.public
                    several += len(each.record.metadata.labels) > 1
                    if table is not None:
                        table.write(each.record, each.name)
                exported += len(batch)
                progress(exported, columns.images)
        if not exported:
            raise UsageError(
                f"no image that was chosen has a vector of {library.encoder_id}",
                hint="choose others with --where, or encode them first: `radalike encode`",
            )
    return ExportReport(
        encoder=library.encoder_id,
        fingerprint=library.fingerprint,
        dimension=library.spec.dimension,
        images=columns.images,
        exported=exported,
        without_vector=columns.images - exported,
        named_by_id=by_id,
        several_labels=several,
        file=str(output),
        manifest=str(manifest) if manifest is not None else None,
        seconds=round(time.monotonic() - started, 3),
    )


def _manifest(held: ExitStack, path: Path | None, columns: Columns) -> ManifestWriter | None:
    if path is None:
        return None
    held.enter_context(export_errors(path))
    temporary = held.enter_context(replaced(path))
    file = held.enter_context(temporary.open("w", encoding="utf-8", newline=""))
    return ManifestWriter(file, columns)


def _exported(library: Library, condition: Filter | None) -> Iterator[list[Exported]]:
    for chunk in library.embeddings(condition):
        for start in range(0, len(chunk.ids), _BATCH):
            ids = chunk.ids[start : start + _BATCH]
            records = library.catalog.records(ids)
            vectors = chunk.vectors[start : start + _BATCH]
            yield [
                Exported(records[image], vector, *_name(records[image]))
                for image, vector in zip(ids, vectors, strict=True)
                if image in records  # else it was erased just now
            ]


def _name(record: ImageRecord) -> tuple[str, bool]:
    """What an image is called in the files, and whether that is its public name."""
    path = record.filepath
    if path is None or path.startswith("/") or leads_out(path) or not path.strip("./"):
        return record.id, False
    # Frames of one file are told apart as their identities are; the first has the file's name.
    for name in (path, f"{path}#{record.frame}"):
        if public_identity(record.metadata.dataset, name) == record.id:
            return name, True
    return record.id, False

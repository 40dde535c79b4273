"""`Library`: the Python API, and all that the front doors use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.encoders.spec import fingerprint
from radalike.errors import RecordNotFound
from radalike.filters import Filter, fields_of, matches
from radalike.library.open_library import OpenLibrary
from radalike.records import (
    ImageRecord,
    Metadata,
    SearchResult,
    payload_of,
)

if TYPE_CHECKING:
    from radalike.embeddings.parts import EmbeddingChunk
    from radalike.encoders.base import Encoder
    from radalike.library.adaptation import AdaptReport
    from radalike.library.additions import AddReport, ImageInput
    from radalike.library.comparison import Comparison
    from radalike.library.coverage import Coverage
    from radalike.library.erasure import ErasureReport
    from radalike.library.projection import BuildReport, Progress
    from radalike.library.queries import Query
    from radalike.library.regions import Region
    from radalike.library.series import SeriesResult
    from radalike.library.status import IndexState, Status
    from radalike.library.writer import Writer


class Library(OpenLibrary):
    """A library of embedded images in a folder. Open with `Library.open`; close when done.

    Reading and searching are safe from several threads; one process at a time may write.
    """

    # -- searching -------------------------------------------------------------------------------

    def search(
        self,
        query: Query,
        limit: int = 10,
        condition: Filter | None = None,
        *,
        region: Region | None = None,
        frame: int | None = None,
        root: Path | None = None,
        tiles: str = "",
        exact: bool = False,
        exclude_patient: str | None = None,
    ) -> SearchResult:
        """The `limit` images most similar to `query`: a record's id, a path of an image or DICOM
        file, rendered pixels (uint8), a vector (float32, (dimension,), unit length), or a `Text`.

        region: the part of the query that is meant; of a record it is cut from the original, and
        `root` is where a data set's file names lead from. frame: of a DICOM file, from 0 (default:
        the middle one). tiles: `ROWSxCOLUMNS`, to search the tiles that `radalike encode --tiles`
        stored: a hit is an image by its best tile, its payload says which `region`.
        A record never finds itself. `exact` reads every vector instead of the built index.
        Raises RecordNotFound, ImageRejected for a file that is no image, InvalidVector,
        NoTextTower; UsageError for a region outside the query, an original that is not to be had,
        and tiles that are not stored.
        """
        from radalike.library.queries import Look
        from radalike.library.searching import search

        return search(
            self,
            query,
            limit,
            condition,
            Look(region, frame, root),
            tiles=tiles,
            exact=exact,
            exclude_patient=exclude_patient,
        )

    def compare(
        self,
        query: Query,
        encoders: Sequence[str],
        limit: int = 10,
        condition: Filter | None = None,
        *,
        region: Region | None = None,
        frame: int | None = None,
        root: Path | None = None,
        exact: bool = False,
        exclude_patient: str | None = None,
    ) -> Comparison:
        """What each of `encoders` (two or more ids) finds for the same query, and how much they
        agree. Takes and raises what `search` does, but no vector; UsageError for an encoder that
        the library has no vectors of."""
        from radalike.library.comparison import compare
        from radalike.library.queries import Look

        return compare(
            self,
            query,
            encoders,
            limit,
            condition,
            Look(region, frame, root),
            exact=exact,
            exclude_patient=exclude_patient,
        )

    def similar_to(
        self, image: str, limit: int = 10, condition: Filter | None = None, *, exact: bool = False
    ) -> SearchResult:
        """Images similar to one that is in the library, by its id. Raises RecordNotFound."""
        return self.search(self.get(image).id, limit, condition, exact=exact)

    def similar_series(
        self,
        series: str,
        limit: int = 10,
        condition: Filter | None = None,
        *,
        exclude_patient: bool = False,
        exact: bool = False,
    ) -> SeriesResult:
        """The series most similar to one of the library's, by its pseudonym or the id of one of
        its images; `exclude_patient` leaves out the series of the same patient.

        Raises RecordNotFound, UsageError for an image that belongs to no series.
        """
        from radalike.library.series import similar_series

        return similar_series(
            self, series, limit, condition, exclude_patient=exclude_patient, exact=exact
        )

    # -- reading ---------------------------------------------------------------------------------

    def get(self, image: str) -> ImageRecord:
        """Raises RecordNotFound."""
        record = self.catalog.record(image.lower())
        if record is None:
            raise RecordNotFound(
                f"no image {image} in this library",
                hint="ids are in the answers of `radalike search`",
                id=image,
            )
        return record

    def locate(self, record: ImageRecord) -> str | None:
        """Where the original was when it was read: its public name, or its unsealed path."""
        if record.locator is None:
            return record.filepath
        return self.privacy.unseal(record.locator)

    def identity(self, image: str) -> dict[str, str] | None:
        """The identifiers of an image's original, where they were kept (`keep_identity`).

        Raises RecordNotFound, LibraryError when their key is gone.
        """
        from radalike.library.identities import identity_of

        return identity_of(self, self.get(image).id)

    def thumbnail(self, record: ImageRecord) -> bytes | None:
        """The thumbnail as JPEG, None when there is none."""
        if not record.thumbnail:
            return None
        path = self.layout.thumbnail(record.content)
        return path.read_bytes() if path.exists() else None

    def records(self, condition: Filter | None = None) -> Iterator[ImageRecord]:
        """The images that pass, in the order they were added, one page in memory at a time."""
        needed = fields_of(condition)
        for record in self.catalog.each_record():
            payload = payload_of(record.metadata, needed)
            if condition is None or matches(condition, record.id, payload):
                yield record

    def metadata(self, condition: Filter | None = None) -> dict[str, Metadata]:
        """Metadata by id, of the images that pass, in the order they were added."""
        return {record.id: record.metadata for record in self.records(condition)}

    def embeddings(
        self, condition: Filter | None = None, *, encoder: str | None = None
    ) -> Iterator[EmbeddingChunk]:
        """Vectors of the images that pass, a part at a time."""
        from radalike.embeddings.parts import EmbeddingChunk, read_part

        own = fingerprint(self._encoder_named(encoder)) if encoder else self.fingerprint
        wanted = None if condition is None else set(self.metadata(condition))
        for part in self.catalog.parts(own):
            chunk = read_part(self.layout.embeddings(own) / part.name, own)
            if wanted is None:
                yield chunk
                continue
            keep = [row for row, point in enumerate(chunk.ids) if point in wanted]
            if keep:
                yield EmbeddingChunk(tuple(chunk.ids[row] for row in keep), chunk.vectors[keep])

    def facet(self, name: str, condition: Filter | None = None) -> dict[str, int]:
        """Number of images by value of a keyword field, most frequent first."""
        return self.searcher.facet(name, condition)

    def status(self) -> Status:
        from radalike.library.status import status_of

        return status_of(self)

    def coverage(self) -> list[Coverage]:
        """How many images have a vector of each encoder that has been used here."""
        from radalike.library.coverage import coverage_of

        return coverage_of(self)

    def index_state(self) -> IndexState:
        """How many vectors the built index holds, and how many it does not hold yet."""
        from radalike.library.status import index_state

        return index_state(self)

    # -- writing ---------------------------------------------------------------------------------

    def writer(self, encoder: Encoder | None = None) -> Writer:
        """The way in, for pipelines; `add` is the short form."""
        from radalike.library.writer import Writer

        return Writer(
            self.layout,
            self.catalog,
            encoder or self.encoder,
            part_rows=self.settings.part_rows,
            part_seconds=self.settings.part_seconds,
        )

    def add(self, images: Iterable[ImageInput]) -> AddReport:
        """Encode and add rendered images; those that are there already are left as they are.

        Raises LibraryBusy, StorageFull, InvalidVector.
        """
        from radalike.library.additions import add_images

        return add_images(self, images)

    def erase_patient(
        self,
        patient: str,
        issuer: str | None = None,
        *,
        forget_servers: bool = False,
        progress: Progress | None = None,
    ) -> ErasureReport:
        """Remove every trace of a patient, named by the original PatientID or the pseudonym, and
        prove it; `radalike.library.erasure.erase_patient` tells its options and errors."""
        from radalike.library.erasure import erase_patient

        return erase_patient(
            self, patient, issuer, forget_servers=forget_servers, progress=progress
        )

    def adapt(
        self,
        output: str,
        *,
        labels: str = "label",
        method: str = "auto",
        split: str = "train",
        seed: int = 0,
        progress: Progress = lambda _done, _total: None,
    ) -> AdaptReport:
        """Learn an adapter of this encoder from the labels of `split`, named `output`;
        `radalike.library.adaptation.adapt` tells its options and errors."""
        from radalike.library.adaptation import adapt

        return adapt(
            self,
            output,
            labels=labels,
            method=method,
            split=split,
            seed=seed,
            progress=progress,
        )

    def build_index(self, *, full: bool = False, progress: Progress | None = None) -> BuildReport:
        """Bring the built index up to date with the parts; `full` builds it from nothing.

        Raises IndexBusy, IndexUnavailable, CorruptPart, StorageFull.
        """
        from radalike.library.opening import build_index

        return build_index(self, full=full, progress=progress)

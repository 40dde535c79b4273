"""`Library`: the Python API, and all that the front doors use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.filters import Filter
from radalike.library.readable_library import ReadableLibrary
from radalike.library.search.marks import NO_MARKS, Marks
from radalike.records import SearchResult

if TYPE_CHECKING:
    from radalike.encoders.base import Encoder
    from radalike.library.adaptation.learning import AdaptReport
    from radalike.library.erasure.erase import ErasureReport
    from radalike.library.indexing.projection import BuildReport, Progress
    from radalike.library.search.comparison import Comparison
    from radalike.library.search.queries import Query
    from radalike.library.search.regions import Region
    from radalike.library.search.series import SeriesResult
    from radalike.library.writing.additions import AddReport, ImageInput
    from radalike.library.writing.writer import Writer


class Library(ReadableLibrary):
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
        marks: Marks = NO_MARKS,
        collapse: bool = False,
    ) -> SearchResult:
        """The `limit` images most similar to `query`: a record's id, a path of an image or DICOM
        file, rendered pixels (uint8), a vector (float32, (dimension,), unit length), or a `Text`.

        region: the part of the query that is meant; of a record it is cut from the original, and
        `root` is where a data set's file names lead from. frame: of a DICOM file, from 0 (default:
        the middle one). tiles: `ROWSxCOLUMNS`, to search the tiles that `radalike encode --tiles`
        stored: a hit is an image by its best tile, its payload says which `region`.
        A record never finds itself. `exact` reads every vector instead of the built index.
        marks: images judged before; the query moves by them, and what is not relevant is left out.
        collapse: slices of one series, and copies of one image, are one hit (`result.folded`).
        Raises RecordNotFound, ImageRejected for a file that is no image, InvalidVector,
        NoTextTower; UsageError for a region outside the query, an original that is not to be had,
        tiles that are not stored or go with marks or `collapse`, marks that leave no direction.
        """
        from radalike.library.search.queries import Look
        from radalike.library.search.searching import search

        return search(
            self,
            query,
            limit,
            condition,
            Look(region, frame, root),
            tiles=tiles,
            exact=exact,
            exclude_patient=exclude_patient,
            marks=marks,
            collapse=collapse,
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
        from radalike.library.search.comparison import compare
        from radalike.library.search.queries import Look

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
        from radalike.library.search.series import similar_series

        return similar_series(
            self, series, limit, condition, exclude_patient=exclude_patient, exact=exact
        )

    # -- writing ---------------------------------------------------------------------------------

    def writer(self, encoder: Encoder | None = None, *, lock: bool = True) -> Writer:
        """The way in, for pipelines; `add` is the short form. lock: see Writer."""
        from radalike.library.writing.writer import Writer

        return Writer(
            self.layout,
            self.catalog,
            encoder or self.encoder,
            part_rows=self.settings.part_rows,
            part_seconds=self.settings.part_seconds,
            lock=lock,
        )

    def add(self, images: Iterable[ImageInput]) -> AddReport:
        """Encode and add rendered images; those that are there already are left as they are.

        Raises LibraryBusy, StorageFull, InvalidVector, DuplicateName (see `register_encoder`).
        """
        from radalike.library.writing.additions import add_images

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
        prove it; `radalike.library.erasure.erase.erase_patient` tells its options and errors."""
        from radalike.library.erasure.erase import erase_patient

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
        `radalike.library.adaptation.learning.adapt` tells its options and errors."""
        from radalike.library.adaptation.learning import adapt

        return adapt(
            self, output, labels=labels, method=method, split=split, seed=seed, progress=progress
        )

    def build_index(self, *, full: bool = False, progress: Progress | None = None) -> BuildReport:
        """Bring the built index up to date with the parts; `full` builds it from nothing.

        Raises IndexBusy, IndexUnavailable, CorruptPart, StorageFull.
        """
        from radalike.library.indexing.opening import build_index

        return build_index(self, full=full, progress=progress)

"""The reading half of a library: records, pictures, counts, pages, and how things stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from radalike.encoders.spec import fingerprint
from radalike.errors import RecordNotFound
from radalike.filters import Filter, fields_of, matches
from radalike.library.open_library import OpenLibrary
from radalike.records import ImageRecord, Metadata, payload_of

if TYPE_CHECKING:
    from radalike.catalog.listing import SeriesSummary
    from radalike.embeddings.parts import EmbeddingChunk
    from radalike.library.browsing.embedding_map import EmbeddingMap
    from radalike.library.browsing.facets import Facets
    from radalike.library.browsing.image_table import LiveImageTable
    from radalike.library.browsing.pages import Listing
    from radalike.library.browsing.pictures import Picture
    from radalike.library.encoders.coverage import Coverage
    from radalike.library.search.closeness import Closeness
    from radalike.library.status import IndexState, Status


class ReadableLibrary(OpenLibrary):
    """An open library, and all that is read of it without a query. Safe from several threads."""

    def get(self, image: str) -> ImageRecord:
        """Raises RecordNotFound."""
        record = self.catalog.record(image.lower())
        if record is None:
            raise RecordNotFound(
                f"no image {image} in this library",
                hint="ids are in the answers of `radalike search`; what was refused is in "
                "`radalike rejects`",
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
        from radalike.library.privacy.identities import identity_of

        return identity_of(self, self.get(image).id)

    def thumbnail(self, record: ImageRecord) -> bytes | None:
        """The thumbnail as JPEG, None when there is none."""
        if not record.thumbnail:
            return None
        path = self.layout.thumbnail(record.content)
        return path.read_bytes() if path.exists() else None

    def picture(
        self, record: ImageRecord, longest: int = 1024, root: Path | None = None
    ) -> Picture | None:
        """A picture of at most `longest` pixels a side, decoded apart from its original, where
        that can be read and shown; else what the thumbnail shows, None when there is none either.
        `root`: where a data set's file names lead from. Raises DecoderUnavailable."""
        from radalike.library.browsing.pictures import picture_of

        return picture_of(self, record, longest, root)

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

    @cached_property
    def image_table(self) -> LiveImageTable:
        """What is known of the images with a vector, in memory."""
        from radalike.library.browsing.image_table import LiveImageTable

        return LiveImageTable(self.catalog, self.fingerprint, self.layout.last_remap)

    def facets(self, conditions: Mapping[str, Filter] = MappingProxyType({})) -> Facets:
        """Number of images by value of each facet field, as far as they pass the conditions of the
        *other* fields; `radalike.library.browsing.facets` tells more."""
        from radalike.library.browsing.facets import facets_of

        return facets_of(self, conditions)

    def browse(
        self, condition: Filter | None = None, after: int | str | None = None, limit: int = 50
    ) -> Listing:
        """A page of the images that pass, the newest first; `after` is where the last page ended
        (`Listing.after`), or an image's id. Raises RecordNotFound, UsageError."""
        from radalike.library.browsing.pages import browse

        return browse(self, condition, after, limit)

    def series_of(self, image: str) -> list[ImageRecord]:
        """The images of an image's series, in the order they were added. Raises RecordNotFound."""
        from radalike.library.browsing.pages import series_of

        return series_of(self, image)

    def study_of(self, image: str) -> list[SeriesSummary]:
        """The series of an image's study, in the order they were added. Raises RecordNotFound."""
        from radalike.library.browsing.pages import study_of

        return study_of(self, image)

    def embedding_map(
        self, limit: int = 3000, seed: int = 0, condition: Filter | None = None
    ) -> EmbeddingMap:
        """A sample of the images that pass, on the two widest axes of their vectors."""
        from radalike.library.browsing.embedding_map import embedding_map

        return embedding_map(self, limit, seed, condition)

    def status(self) -> Status:
        from radalike.library.status import status_of

        return status_of(self)

    def coverage(self) -> list[Coverage]:
        """How many images have a vector of each encoder that has been used here."""
        from radalike.library.encoders.coverage import coverage_of

        return coverage_of(self)

    def closeness(self, *, exact: bool = False) -> Closeness | None:
        """From which score on a best hit is close; None: not known. Raises CorruptPart."""
        return self.calibration.current(exact=exact)

    def index_state(self) -> IndexState:
        """How many vectors the built index holds, and how many it does not hold yet."""
        from radalike.library.status import index_state

        return index_state(self)

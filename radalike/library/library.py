"""`Library`: the Python API, and all that the front doors use."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from radalike.encoders.catalogue import DEFAULT_ENCODER, encoder_spec
from radalike.encoders.spec import EncoderSpec, fingerprint
from radalike.encoders.store import Store
from radalike.errors import RecordNotFound
from radalike.filters import Filter, all_of, eq, has_id, matches, not_
from radalike.library import layout as layouts
from radalike.library.catalogs import open_catalog
from radalike.library.encoders import library_encoder
from radalike.library.issuers import Issuers
from radalike.library.privacy import Privacy
from radalike.records import (
    ImageRecord,
    Metadata,
    Pixels,
    SearchResult,
    Vectors,
    payload_of,
)
from radalike.settings import Settings, load_settings

if TYPE_CHECKING:
    from radalike.embeddings.parts import EmbeddingChunk
    from radalike.encoders.base import Encoder
    from radalike.library.additions import AddReport, ImageInput
    from radalike.library.erasure import ErasureReport
    from radalike.library.identities import Identities
    from radalike.library.projection import BuildReport, Progress
    from radalike.library.searcher import Searcher
    from radalike.library.series import SeriesResult
    from radalike.library.status import IndexState, Status
    from radalike.library.writer import Writer

_CHUNK_ROWS = 65_536


class Library:
    """A library of embedded images in a folder. Open with `Library.open`; close when done.

    Reading and searching are safe from several threads; one process at a time may write.
    """

    def __init__(self, root: Path, settings: Settings, spec: EncoderSpec | None = None) -> None:
        self.layout, default_encoder = layouts.open_layout(root)
        self.settings = settings
        self.store = Store(settings.home / "encoders")
        self.spec: EncoderSpec = spec or library_encoder(
            self.layout, settings.encoder or default_encoder, settings.rendering, self.store
        )
        self.fingerprint = fingerprint(self.spec)
        self.catalog_url = settings.catalog_url.get_secret_value()
        self.catalog = open_catalog(self.layout, self.catalog_url)

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        create: bool = False,
        settings: Settings | None = None,
        spec: EncoderSpec | None = None,
    ) -> Self:
        """The library in `path` (default: the setting `library`); `create` makes a missing one.
        `spec` is an encoder of the caller's own, instead of one that is known by name.

        Raises LibraryNotFound, LibraryTooNew, UnknownName for an encoder that does not exist.
        """
        chosen = settings or load_settings()
        root = Path(path) if path is not None else chosen.library
        if create and not layouts.Layout(root).description.exists():
            store = Store(chosen.home / "encoders")
            layouts.create(root, encoder_spec(chosen.encoder or DEFAULT_ENCODER, store=store).id)
        return cls(root, chosen, spec)

    def close(self) -> None:
        if "searcher" in self.__dict__:
            self.searcher.close()
        self.catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- parts that are made on first use --------------------------------------------------------

    @cached_property
    def privacy(self) -> Privacy:
        return Privacy(layouts.read_key(self.layout))

    @cached_property
    def identities(self) -> Identities:
        """What seals the identifiers that are kept; its key is made on first use."""
        from radalike.library.identities import open_identities

        return open_identities(self.layout, create=True)

    @cached_property
    def issuers(self) -> Issuers:
        """The issuers of patient ids that have been met."""
        return Issuers(self.layout.issuers, self.privacy)

    @cached_property
    def encoder(self) -> Encoder:
        """The model, loaded once. A query needs no fast mode: float32 unless told otherwise."""
        return self.load_encoder("float32" if self.settings.precision == "auto" else "")

    def load_encoder(self, precision: str = "") -> Encoder:
        from radalike.encoders.torch_encoder import load_encoder

        return load_encoder(
            self.spec,
            device=self.settings.device,
            precision=precision or self.settings.precision,
            batch_size=self.settings.batch_size,
            verdicts=self.settings.home / "precision.json",
            store=self.store,
        )

    @cached_property
    def searcher(self) -> Searcher:
        from radalike.library.opening import open_searcher

        return open_searcher(self)

    @property
    def encoder_id(self) -> str:
        return self.spec.id

    # -- searching -------------------------------------------------------------------------------

    def search(
        self,
        query: str | Path | Pixels | Vectors,
        limit: int = 10,
        condition: Filter | None = None,
        *,
        exact: bool = False,
        exclude_patient: str | None = None,
    ) -> SearchResult:
        """The `limit` images most similar to `query`: a record's id, a path of an image or DICOM
        file, rendered pixels (uint8), or a vector (float32, (dimension,), unit length).

        A record never finds itself. `exact` reads every vector instead of the built index.
        Raises RecordNotFound, ImageRejected for a file that is no image, InvalidVector.
        """
        from radalike.library.queries import query_vector

        started = time.perf_counter()
        vector, own = query_vector(self, query)
        own_record = not_(has_id([own])) if own else None
        own_patient = not_(eq("patient", exclude_patient)) if exclude_patient else None
        searcher = self.exact_searcher if exact else self.searcher
        hits = searcher.query(vector, limit, all_of(condition, own_record, own_patient))
        took = (time.perf_counter() - started) * 1000
        return SearchResult(hits, self.encoder_id, searcher.backend, round(took, 3))

    @cached_property
    def exact_searcher(self) -> Searcher:
        """Reads every vector, whatever has been built."""
        from radalike.library.opening import open_exact_searcher

        return open_exact_searcher(self)

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

    def metadata(self, condition: Filter | None = None) -> dict[str, Metadata]:
        """Metadata by id, of the images that pass, in the order they were added."""
        return {
            image: metadata
            for image, metadata in self.catalog.metadata()
            if condition is None or matches(condition, image, payload_of(metadata))
        }

    def embeddings(
        self, condition: Filter | None = None, *, encoder: str | None = None
    ) -> Iterator[EmbeddingChunk]:
        """Vectors of the images that pass, from the parts, at most 65,536 rows at a time."""
        from radalike.embeddings.parts import EmbeddingChunk, read_part

        own = (
            fingerprint(library_encoder(self.layout, encoder, self.settings.rendering, self.store))
            if encoder
            else self.fingerprint
        )
        wanted = None if condition is None else set(self.metadata(condition))
        ids: list[str] = []
        vectors: list[Vectors] = []
        for part in self.catalog.parts(own):
            chunk = read_part(self.layout.embeddings(own) / part.name)
            keep = [row for row, point in enumerate(chunk.ids) if wanted is None or point in wanted]
            if len(ids) + len(keep) > _CHUNK_ROWS and ids:
                yield EmbeddingChunk(tuple(ids), np.concatenate(vectors))
                ids, vectors = [], []
            if keep:
                whole = len(keep) == len(chunk.ids)
                ids.extend(chunk.ids if whole else (chunk.ids[row] for row in keep))
                vectors.append(chunk.vectors if whole else chunk.vectors[keep])
        if ids:
            yield EmbeddingChunk(tuple(ids), np.concatenate(vectors))

    def facet(self, name: str, condition: Filter | None = None) -> dict[str, int]:
        """Number of images by value of a keyword field, most frequent first."""
        return self.searcher.facet(name, condition)

    def status(self) -> Status:
        from radalike.library.status import status_of

        return status_of(self)

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

    def build_index(self, *, full: bool = False, progress: Progress | None = None) -> BuildReport:
        """Bring the built index up to date with the parts; `full` builds it from nothing.

        Raises IndexBusy, IndexUnavailable, CorruptPart, StorageFull.
        """
        from radalike.library.opening import build_index

        return build_index(self, full=full, progress=progress)

    def using(self, encoder: str) -> Library:
        """The same library, searched with another encoder."""
        settings: Settings = self.settings.model_copy(update={"encoder": encoder})
        return Library(self.layout.root, settings)

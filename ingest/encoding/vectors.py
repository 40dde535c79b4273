"""From decoded pictures of known images to committed vectors: each content is encoded once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from radalike.catalog.store import VectorPlace
from radalike.errors import RejectCode
from radalike.imaging.tiles import tiles_of
from radalike.library.vectors.content_vectors import ContentVectors, Encoding
from radalike.library.vectors.stored_vectors import vectors_at
from radalike.library.vectors.vector_writer import VectorWriter
from radalike.records import ImageRecord, Pixels, Vectors

if TYPE_CHECKING:
    from radalike.library import Library

Region = str | None  # of an image; None: all of it


@dataclass(frozen=True, slots=True)
class KnownImage:
    """An image of the library, decoded again. content: of its pixels as this encoder renders them.
    pictures: encoder inputs by region (None: all of it)."""

    id: str
    content: str
    pictures: Mapping[Region, Pixels]

    def keyed(self) -> dict[str, Pixels]:
        return {_key(self.content, region): each for region, each in self.pictures.items()}


@dataclass(frozen=True, slots=True)
class _Started:
    images: Sequence[KnownImage]
    encoding: Encoding


class EncodedImages:
    """Open as a context manager, under the write lock; `finish` commits what is left. The model is
    loaded when the first picture needs it.

    comparable: whether two images of one catalogued content also look the same to this encoder.
    """

    def __init__(self, library: Library, *, comparable: bool) -> None:
        self._library = library
        self._tiles = library.spec.tiles
        self._comparable = comparable
        settings = library.settings
        stored = library.catalog.parts(library.fingerprint)
        self._writer = VectorWriter(
            library.layout,
            library.catalog,
            library.spec,
            stored[-1].precision if stored else "float32",
            part_rows=settings.part_rows,
            part_seconds=settings.part_seconds,
        )
        self._vectors: ContentVectors | None = None
        self._started: _Started | None = None
        self._at_hand: dict[str, Vectors] = {}
        self._at_hand_of = 0  # parts that had been committed when it was begun
        self.precision: str | None = None
        self.device: str | None = None
        self.rejects: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._writer.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._writer.__exit__(kind, error, traceback)

    @property
    def images(self) -> int:
        """Committed ones."""
        return self._writer.images_committed

    @property
    def parts(self) -> int:
        return self._writer.parts_committed

    @property
    def computed(self) -> int:
        """Vectors that went through the model."""
        return self._vectors.encoded if self._vectors else 0

    # -- what needs no picture -------------------------------------------------------------------

    def equal_to_stored(self, records: Sequence[ImageRecord]) -> list[ImageRecord]:
        """Those of `records` whose content has all its vectors in committed parts."""
        if not self._comparable:
            return []
        stored = self._stored([record.content for record in records])
        return [
            record
            for record in records
            if (regions := self._regions(record))
            and all((record.content, region) in stored for region in regions)
        ]

    def copy(self, records: Sequence[ImageRecord]) -> None:
        """Give `records` the vectors that their contents have."""
        stored = self._stored([record.content for record in records])
        folder = self._library.layout.embeddings(self._library.fingerprint)
        found = vectors_at(folder, set(stored.values()))
        for record in records:
            vectors = {
                region: found[stored[record.content, region]] for region in self._regions(record)
            }
            self._writer.put(record.id, vectors)

    # -- what is encoded ---------------------------------------------------------------------------

    def start(self, images: Sequence[KnownImage]) -> None:
        """Begin to encode `images`, and meanwhile settle those that were started before."""
        vectors = self._loaded()
        keyed = {key: each for image in images for key, each in image.keyed().items()}
        on_their_way = self._started.encoding.images.keys() if self._started else set()
        encoding = vectors.start(keyed, self._at_hand.keys() | on_their_way)
        self._settle()
        self._started = _Started(images, encoding)

    def tick(self) -> None:
        """Settle what has been encoded; close the part when it has been open for long enough."""
        if self._started is not None and self._started.encoding.done():
            self._settle()
        self._writer.tick()

    def finish(self) -> None:
        """Settle what was started and commit the part being filled. Raises StorageFull."""
        self._settle()
        self._writer.flush()

    # -- inside --------------------------------------------------------------------------------

    def _loaded(self) -> ContentVectors:
        if self._vectors is None:
            library, encoder = self._library, self._library.load_encoder()
            self._writer.precision = self.precision = encoder.precision
            self.device = encoder.device
            self._vectors = ContentVectors(library.layout, library.catalog, encoder, self._places)
        return self._vectors

    def _settle(self) -> None:
        started, self._started = self._started, None
        if started is None:
            return
        if self._at_hand_of != self._writer.parts_committed:
            self._at_hand, self._at_hand_of = {}, self._writer.parts_committed
        keyed = {key: each for image in started.images for key, each in image.keyed().items()}
        found = self._loaded().finish(keyed, self._at_hand, started.encoding)
        for image in started.images:
            keys = {region: _key(image.content, region) for region in image.pictures}
            if not all(key in found for key in keys.values()):
                self.rejects[str(RejectCode.INVALID_VECTOR)] += 1
                continue
            vectors = {region: found[key].vector for region, key in keys.items()}
            self._at_hand |= {keys[region]: vector for region, vector in vectors.items()}
            self._writer.put(image.id, vectors)

    def _places(self, keys: Sequence[str]) -> dict[str, VectorPlace]:
        if not self._comparable:
            return {}
        stored = self._stored(list(dict.fromkeys(key.partition(" ")[0] for key in keys)))
        wanted = set(keys)
        by_key = {_key(*where): place for where, place in stored.items()}
        return {key: place for key, place in by_key.items() if key in wanted}

    def _stored(self, contents: Sequence[str]) -> dict[tuple[str, Region], VectorPlace]:
        return self._library.catalog.regions_of_contents(self._library.fingerprint, contents)

    def _regions(self, record: ImageRecord) -> list[Region]:
        if not self._tiles:
            return [None]
        return [str(tile) for tile in tiles_of(self._tiles, record.width, record.height)]


def _key(content: str, region: Region) -> str:
    return content if region is None else f"{content} {region}"

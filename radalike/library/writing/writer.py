"""The one way into a library: encode once per content, write a part, commit, all or nothing.

A kill at any moment loses at most the part being filled; what a killed writer left on disk is
swept by the next one. One writer at a time: the lock names its holder.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Container, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

import numpy as np

from radalike.catalog.store import Catalog, Item, Reject
from radalike.embeddings.parts import EmbeddingChunk, sweep
from radalike.encoders.base import Encoder
from radalike.errors import RejectCode
from radalike.library.encoders.registration import register_encoder
from radalike.library.layout import Layout
from radalike.library.vectors.content_vectors import ContentVector, ContentVectors, Encoding
from radalike.library.vectors.new_part import new_part
from radalike.library.write_lock import BUSY, write_lock
from radalike.records import ImageRecord, Pixels, Vectors
from radalike.storage import storage_errors


@dataclass(frozen=True, slots=True)
class NewImage:
    """A rendered image on its way in: `prepared` has the encoder's input size."""

    record: ImageRecord
    prepared: Pixels
    thumbnail: bytes | None


@dataclass(frozen=True, slots=True)
class NewItem:
    """One file of a source and the images it held. `source`, `filepath` and `locator` say where
    it was, for the case that it is rejected."""

    item: Item
    images: tuple[NewImage, ...]
    source: str
    filepath: str | None = None
    locator: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Started:
    """Items whose images are being encoded."""

    items: Sequence[NewItem]
    encoding: Encoding


@dataclass(slots=True)
class _Open:
    """The part being filled, and what is finished with it."""

    records: list[ImageRecord] = field(default_factory=list)
    vectors: list[Vectors] = field(default_factory=list)
    vector_of_content: dict[str, Vectors] = field(default_factory=dict)
    original_of_content: dict[str, str] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    done: dict[str, Item] = field(default_factory=dict)
    rejected: dict[str, Reject] = field(default_factory=dict)
    since: float = field(default_factory=time.monotonic)


class Writer:
    """Open as a context manager. Leaving it normally commits what is left; leaving it by an
    exception loses the part being filled and nothing else. lock: take the write lock, which is else
    the caller's to hold."""

    def __init__(
        self,
        layout: Layout,
        catalog: Catalog,
        encoder: Encoder,
        *,
        part_rows: int,
        part_seconds: float,
        lock: bool = True,
    ) -> None:
        self._layout = layout
        self._catalog = catalog
        self._encoder = encoder
        self._lock = lock
        self._part_rows = part_rows
        self._part_seconds = part_seconds
        self._open = _Open()
        self._started: _Started | None = None
        self._content_vectors = ContentVectors(layout, catalog, encoder)
        self._held = ExitStack()
        self.outcomes: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.images_added = 0
        self.parts_committed = 0

    def __enter__(self) -> Self:
        with ExitStack() as held:
            if self._lock:
                held.enter_context(write_lock(self._layout, way_out=BUSY))
            fingerprint = register_encoder(self._catalog, self._encoder.spec)
            committed = (part.name for part in self._catalog.parts(fingerprint))
            sweep(self._layout.embeddings(fingerprint), committed)
            self._held = held.pop_all()  # until the writer is left
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self._held.close()

    @property
    def device(self) -> str:
        return self._encoder.device

    @property
    def precision(self) -> str:
        return self._encoder.precision

    @property
    def encoded(self) -> int:
        """Images that went through the encoder."""
        return self._content_vectors.encoded

    def add(self, items: Sequence[NewItem]) -> None:
        """Encode what is new in `items` and put it into the part being filled.

        Each item ends as added, known (all its images are there already) or rejected:
        IdentityConflict (same identity, other pixels; the first is kept) or InvalidVector.
        """
        self.start(items)
        self._settle_started()
        self.tick()

    def start(self, items: Sequence[NewItem]) -> None:
        """Begin to `add` these items, and meanwhile finish with those that were started before.

        They are settled by the next call of `start`, `add` or `flush`, so that the encoder never
        waits for the disk.
        """
        images = _unknown_images(items, self._known(items))
        on_their_way = self._started.encoding.images if self._started else {}
        encoding = self._content_vectors.start(
            images, self._open.vector_of_content.keys() | on_their_way.keys()
        )
        self._settle_started()
        self._started = _Started(items, encoding)
        self.tick()

    def reject(self, reject: Reject) -> None:
        self._open.rejected[reject.key] = reject
        self.outcomes["rejected"] += 1
        self.codes[str(reject.code)] += 1

    def finish(self, item: Item) -> None:
        """Note a file that held no image."""
        self._open.done[item.key] = item
        self.outcomes[item.outcome] += 1

    def tick(self) -> None:
        """Settle what has been encoded; close the part when it has been open for long enough."""
        if self._started is not None and self._started.encoding.done():
            self._settle_started()
        if time.monotonic() - self._open.since >= self._part_seconds:
            self._commit()

    def close_part(self) -> None:
        """Commit what has been settled, without waiting for what has been started."""
        self._commit()

    def flush(self) -> None:
        """Settle what was started and commit the part being filled.

        Raises StorageFull, and then nothing of that part is there.
        """
        self._settle_started()
        self._commit()

    # -- inside --------------------------------------------------------------------------------

    def _commit(self) -> None:
        full, self._open = self._open, _Open()
        part = None
        if full.records:
            ids, encoder = tuple(record.id for record in full.records), self._encoder
            part = new_part(
                self._layout,
                encoder.spec.id,
                encoder.fingerprint,
                encoder.precision,
                EmbeddingChunk(ids, np.stack(full.vectors)),
            )
        if part or full.done or full.rejected:
            self._catalog.commit(
                part=part,
                records=full.records,
                done=list(full.done.values()),
                rejected=list(full.rejected.values()),
            )
            self.parts_committed += part is not None
            self.images_added += len(full.records)

    def _known(self, items: Sequence[NewItem]) -> dict[str, str]:
        """Content by id, of the images that are committed or in the part being filled."""
        ids = [image.record.id for item in items for image in item.images]
        return self._catalog.contents(ids) | self._open.contents

    def _settle_started(self) -> None:
        started, self._started = self._started, None
        if started is None:
            return
        known = self._known(started.items)
        images, at_hand = _unknown_images(started.items, known), self._open.vector_of_content
        vectors = self._content_vectors.finish(images, at_hand, started.encoding)
        for item in started.items:
            self._settle(item, known, vectors)
        if len(self._open.records) >= self._part_rows:
            self._commit()

    def _settle(
        self, item: NewItem, known: dict[str, str], vectors: dict[str, ContentVector]
    ) -> None:
        """`item` to its end; `known` (content by id) grows with what is added."""
        records = [image.record for image in item.images]
        if any(known.get(record.id, record.content) != record.content for record in records):
            reason = "same identity as an image that is there, other pixels; the first is kept"
            self._reject_item(item, RejectCode.IDENTITY_CONFLICT, reason)
            return
        new = [image for image in item.images if image.record.id not in known]
        if any(image.record.content not in vectors for image in new):
            reason = "the encoder gives it a vector that is not finite, or zero"
            self._reject_item(item, RejectCode.INVALID_VECTOR, reason)
            return
        for image in new:
            if image.record.id not in known:  # a file can hold the same image twice
                known[image.record.id] = image.record.content
                self._append(image, vectors[image.record.content])
        self._open.done[item.item.key] = item.item
        self.outcomes["added" if new else "known"] += 1

    def _append(self, image: NewImage, encoded: ContentVector) -> None:
        opened, content = self._open, image.record.content
        original = encoded.original or opened.original_of_content.get(content)
        opened.original_of_content[content] = original or image.record.id
        if image.thumbnail is not None:  # the first of this content may have been withheld
            self._write_thumbnail(content, image.thumbnail)
        opened.contents[image.record.id] = content
        opened.vector_of_content[content] = encoded.vector
        opened.vectors.append(encoded.vector)
        opened.records.append(
            replace(image.record, duplicate_of=original, thumbnail=image.thumbnail is not None)
        )

    def _reject_item(self, item: NewItem, code: RejectCode, reason: str) -> None:
        self.reject(
            Reject(
                item.item.key,
                code,
                reason,
                item.source,
                item.filepath,
                item.locator,
                item.item.patient,
            )
        )

    def _write_thumbnail(self, content: str, picture: bytes) -> None:
        path = self._layout.thumbnail(content)
        if path.exists():
            return
        temporary = path.with_suffix(".tmp")
        with storage_errors():
            try:
                temporary.write_bytes(picture)
            except FileNotFoundError:
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary.write_bytes(picture)
            temporary.replace(path)


def _unknown_images(items: Sequence[NewItem], known: Container[str]) -> dict[str, Pixels]:
    """The prepared images of `items` whose ids are not `known`, by content."""
    images = [image for item in items for image in item.images if image.record.id not in known]
    return {image.record.content: image.prepared for image in reversed(images)}

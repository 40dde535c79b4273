"""The one way into a library: encode once per content, write a part, commit, all or nothing.

A kill at any moment loses at most the part being filled; what a killed writer left on disk is
swept by the next one. One writer at a time: the lock names its holder.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from types import TracebackType
from typing import Self

import numpy as np

from radalike.catalog.store import Catalog, Item, Part, Reject
from radalike.embeddings.parts import (
    EmbeddingChunk,
    read_rows,
    sweep,
    write_part,
)
from radalike.encoders.base import Encoder
from radalike.errors import LibraryBusy, RejectCode
from radalike.library.layout import Layout
from radalike.locks import Lock, LockHeld
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


@dataclass(slots=True)
class _Open:
    """The part being filled, and what is finished with it."""

    records: list[ImageRecord] = field(default_factory=list)
    vectors: list[Vectors] = field(default_factory=list)
    row_of_content: dict[str, int] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    done: list[Item] = field(default_factory=list)
    rejected: list[Reject] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)


class Writer:
    """Open as a context manager. Leaving it normally commits what is left; leaving it by an
    exception loses the part being filled and nothing else."""

    def __init__(
        self,
        layout: Layout,
        catalog: Catalog,
        encoder: Encoder,
        *,
        part_rows: int,
        part_seconds: float,
    ) -> None:
        self._layout = layout
        self._catalog = catalog
        self._encoder = encoder
        self._part_rows = part_rows
        self._part_seconds = part_seconds
        self._open = _Open()
        self._lock: Lock | None = None
        self.outcomes: Counter[str] = Counter()
        self.images_added = 0
        self.encoded = 0
        self.parts_committed = 0

    def __enter__(self) -> Self:
        try:
            self._lock = Lock.acquire(self._layout.ingest_lock)
        except LockHeld as exc:
            raise LibraryBusy(
                f"another process is writing to this library ({exc.holder})",
                hint="wait until it has finished; searches are not affected",
                holder=exc.holder,
            ) from exc
        spec, fingerprint = self._encoder.spec, self._encoder.fingerprint
        self._catalog.add_encoder(fingerprint, spec.id, spec.dimension, asdict(spec))
        committed = (part.name for part in self._catalog.parts(fingerprint))
        sweep(self._layout.embeddings(fingerprint), committed)
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
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    def add(self, items: Sequence[NewItem]) -> None:
        """Encode what is new in `items` and put it into the part being filled.

        Each item ends as added, known (all its images are there already) or rejected
        (IdentityConflict: same identity, other pixels; the first is kept).
        """
        fresh = self._fresh(items)
        self._encode(fresh)
        if len(self._open.records) >= self._part_rows:
            self.flush()
        self.tick()

    def reject(self, reject: Reject) -> None:
        self._open.rejected.append(reject)
        self.outcomes["rejected"] += 1

    def finish(self, item: Item) -> None:
        """Note a file that held no image."""
        self._open.done.append(item)
        self.outcomes[item.outcome] += 1

    def tick(self) -> None:
        """Close the part when it has been open for long enough."""
        if time.monotonic() - self._open.since >= self._part_seconds:
            self.flush()

    def flush(self) -> None:
        """Commit the part being filled. Raises StorageFull, and then nothing of it is there."""
        full, self._open = self._open, _Open()
        part = None
        if full.records:
            spec = self._encoder.spec
            chunk = EmbeddingChunk(
                tuple(record.id for record in full.records), np.stack(full.vectors)
            )
            description = {
                "encoder": spec.id,
                "fingerprint": self._encoder.fingerprint,
                "precision": self._encoder.precision,
            }
            folder = self._layout.embeddings(self._encoder.fingerprint)
            file = write_part(folder, chunk, description)
            part = Part(
                file.name,
                self._encoder.fingerprint,
                file.rows,
                file.sha256,
                self._encoder.precision,
            )
        if part or full.done or full.rejected:
            self._catalog.commit(
                part=part, records=full.records, done=full.done, rejected=full.rejected
            )
            self.parts_committed += part is not None
            self.images_added += len(full.records)

    # -- inside --------------------------------------------------------------------------------

    def _fresh(self, items: Sequence[NewItem]) -> list[NewImage]:
        """The images that are not there yet; each item's outcome is settled on the way."""
        ids = [image.record.id for item in items for image in item.images]
        known = self._catalog.contents(ids) | self._open.contents
        fresh: list[NewImage] = []
        for item in items:
            clash = any(
                known.get(image.record.id, image.record.content) != image.record.content
                for image in item.images
            )
            if clash:
                self.reject(
                    Reject(
                        item.item.key,
                        RejectCode.IDENTITY_CONFLICT,
                        "same identity as an image that is there, other pixels; the first is kept",
                        item.source,
                        item.filepath,
                        item.locator,
                    )
                )
                continue
            new = [image for image in item.images if image.record.id not in known]
            for image in new:
                known[image.record.id] = image.record.content
                self._open.contents[image.record.id] = image.record.content
            fresh.extend(new)
            self._open.done.append(item.item)
            self.outcomes["added" if new else "known"] += 1
        return fresh

    def _encode(self, fresh: Sequence[NewImage]) -> None:
        """Vectors of `fresh`, computed once per content, into the part being filled."""
        if not fresh:
            return
        opened = self._open
        unseen = {
            image.record.content: image
            for image in reversed(fresh)
            if image.record.content not in opened.row_of_content
        }
        stored = self._stored_vectors(list(unseen))
        to_encode = [image for content, image in unseen.items() if content not in stored]
        encoded = self._encoder.encode_prepared([image.prepared for image in to_encode])
        self.encoded += len(to_encode)
        vectors = {content: vector for content, (_, vector) in stored.items()}
        vectors |= {
            image.record.content: row for image, row in zip(to_encode, encoded, strict=True)
        }
        for image in fresh:
            content = image.record.content
            first_row = opened.row_of_content.get(content)
            if first_row is not None:
                vector, first = opened.vectors[first_row], opened.records[first_row]
                original = first.duplicate_of or first.id
            else:
                vector = vectors[content]
                original = stored[content][0] if content in stored else ""
                opened.row_of_content[content] = len(opened.records)
            has_picture = image.thumbnail is not None
            if has_picture and not original:
                self._write_thumbnail(content, image.thumbnail or b"")
            opened.vectors.append(vector)
            opened.records.append(
                replace(image.record, duplicate_of=original or None, thumbnail=has_picture)
            )

    def _stored_vectors(self, contents: list[str]) -> dict[str, tuple[str, Vectors]]:
        """(first image's id, vector) of each content that this encoder has seen before."""
        fingerprint = self._encoder.fingerprint
        places = self._catalog.vectors_of_contents(fingerprint, contents)
        by_part: dict[str, list[str]] = {}
        for content, place in places.items():
            by_part.setdefault(place.part, []).append(content)
        stored: dict[str, tuple[str, Vectors]] = {}
        for part, members in by_part.items():
            path = self._layout.embeddings(fingerprint) / part
            rows = read_rows(path, [places[content].row for content in members])
            for content, vector in zip(members, rows, strict=True):
                stored[content] = (places[content].image, vector)
        return stored

    def _write_thumbnail(self, content: str, picture: bytes) -> None:
        path = self._layout.thumbnail(content)
        if path.exists():
            return
        with storage_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_suffix(".tmp")
            temporary.write_bytes(picture)
            temporary.replace(path)

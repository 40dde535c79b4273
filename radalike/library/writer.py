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
from radalike.errors import InvalidVector, LibraryBusy, RejectCode
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


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A content's vector (dimension,), and the committed image that had this content first."""

    vector: Vectors
    original: str | None


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
        self.codes: Counter[str] = Counter()
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

        Each item ends as added, known (all its images are there already) or rejected:
        IdentityConflict (same identity, other pixels; the first is kept) or InvalidVector.
        """
        ids = [image.record.id for item in items for image in item.images]
        known = self._catalog.contents(ids) | self._open.contents
        images = [image for item in items for image in item.images if image.record.id not in known]
        vectors = self._vectors(images)
        for item in items:
            self._settle(item, known, vectors)
        if len(self._open.records) >= self._part_rows:
            self.flush()
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
                part=part,
                records=full.records,
                done=list(full.done.values()),
                rejected=list(full.rejected.values()),
            )
            self.parts_committed += part is not None
            self.images_added += len(full.records)

    # -- inside --------------------------------------------------------------------------------

    def _settle(self, item: NewItem, known: dict[str, str], vectors: dict[str, _Encoded]) -> None:
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

    def _append(self, image: NewImage, encoded: _Encoded) -> None:
        opened, content = self._open, image.record.content
        original = encoded.original or opened.original_of_content.get(content)
        opened.original_of_content[content] = original or image.record.id
        if original is None and image.thumbnail is not None:
            self._write_thumbnail(content, image.thumbnail)
        opened.contents[image.record.id] = content
        opened.vector_of_content[content] = encoded.vector
        opened.vectors.append(encoded.vector)
        opened.records.append(
            replace(image.record, duplicate_of=original, thumbnail=image.thumbnail is not None)
        )

    def _reject_item(self, item: NewItem, code: RejectCode, reason: str) -> None:
        self.reject(Reject(item.item.key, code, reason, item.source, item.filepath, item.locator))

    def _vectors(self, images: Sequence[NewImage]) -> dict[str, _Encoded]:
        """By content: from the part being filled, from committed parts, or encoded now.

        A content whose vector would not be valid is left out.
        """
        by_content = {image.record.content: image.prepared for image in reversed(images)}
        opened = self._open.vector_of_content
        found = {
            content: _Encoded(opened[content], None) for content in by_content if content in opened
        }
        found |= self._stored_vectors([each for each in by_content if each not in found])
        fresh = {each: prepared for each, prepared in by_content.items() if each not in found}
        encoded = self._encode(fresh)
        self.encoded += len(encoded)
        return found | encoded

    def _encode(self, fresh: dict[str, Pixels]) -> dict[str, _Encoded]:
        if not fresh:
            return {}
        try:
            vectors = self._encoder.encode_prepared(list(fresh.values()))
        except InvalidVector as exc:
            broken = set(exc.data["rows"])  # type: ignore[call-overload]
            sound = [entry for row, entry in enumerate(fresh.items()) if row not in broken]
            return self._encode(dict(sound))
        return {each: _Encoded(vector, None) for each, vector in zip(fresh, vectors, strict=True)}

    def _stored_vectors(self, contents: list[str]) -> dict[str, _Encoded]:
        """Of each content that this encoder has seen in a committed part."""
        fingerprint = self._encoder.fingerprint
        places = self._catalog.vectors_of_contents(fingerprint, contents)
        by_part: dict[str, list[str]] = {}
        for content, place in places.items():
            by_part.setdefault(place.part, []).append(content)
        stored: dict[str, _Encoded] = {}
        for part, members in by_part.items():
            path = self._layout.embeddings(fingerprint) / part
            rows = read_rows(path, [places[content].row for content in members])
            for content, vector in zip(members, rows, strict=True):
                stored[content] = _Encoded(vector, places[content].image)
        return stored

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

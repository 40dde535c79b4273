"""The way of a known image: catalog → original → decode → is it the same? → encode → part → index.

Three kinds of threads, as in an ingest: one asks the catalog what has no vector yet and finds the
originals, one a decoding process feeds it, and the caller's encodes and commits. Bounded queues lie
between them. Which image has its vectors is the catalog's to say, so whoever runs it again goes on.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event
from typing import TYPE_CHECKING

from ingest.decoding.messages import Decoded, DecodedFrame, Outcome, Rejected, Skipped
from ingest.decoding.pool import DecodePool
from ingest.encoding.originals import Missing, Originals
from ingest.encoding.report import EncodeReport
from ingest.encoding.rereading import decode_settings, renderings_in
from ingest.encoding.vectors import EncodedImages, KnownImage
from ingest.indexing import IndexKeeper
from ingest.listing import Lister
from ingest.sources.source import SourceItem
from radalike.catalog.coverage import images_with_vectors, images_without
from radalike.errors import RejectCode
from radalike.imaging.tiles import grid_of
from radalike.library.write_lock import BUSY, write_lock
from radalike.records import ImageRecord, unknown_content

if TYPE_CHECKING:
    from radalike.library import Library

_ENCODED = 128  # pictures that are encoded at once
_COPIED = 8  # pages of images whose content has its vectors already, on their way to be copied
_POLL_SECONDS = 0.2

Progress = Callable[[int, int], None]
"""Called with (images done, images to do)."""


def encode(
    library: Library,
    *,
    roots: Sequence[Path] = (),
    stop: Event | None = None,
    progress: Progress = lambda _done, _total: None,
) -> EncodeReport:
    """Give every image of `library` a vector of `library.spec` (of its tiles, where that has any)
    that has none yet, from its original. Setting `stop` ends it at the next batch, with all that
    was encoded committed.

    roots: folders that a manifest's paths are relative to, and that moved originals are looked for
    in. Raises UsageError for tiles that are no grid, what `Library.check_encoder` does,
    WeightsMissing where any image has no vector yet, LibraryBusy, StorageFull, DecoderUnavailable,
    EncoderError, LibraryError when the library's key is another; what was committed before stays.
    """
    if library.spec.tiles:
        grid_of(library.spec.tiles)
    return _Run(library, roots, stop or Event(), progress).report()


@dataclass(frozen=True, slots=True)
class _Original:
    """A file, and the images of the library that are in it."""

    item: SourceItem
    records: tuple[ImageRecord, ...]


class _Run:
    def __init__(
        self, library: Library, roots: Sequence[Path], stop: Event, progress: Progress
    ) -> None:
        self._library = library
        self._engine = library.catalog.engine
        self._originals = Originals(library, roots)
        self._stop = stop
        self._progress = progress
        self._to_do = 0
        self._waiting: list[KnownImage] = []
        self._batch = min(_ENCODED, library.settings.part_rows)
        self._changed = 0
        self._gone = 0  # found when they were listed, and not when they were read
        self._missing: Counter[Missing] = Counter()
        self._rejects: Counter[str] = Counter()
        self._known: dict[str, _Original] = {}  # by name of the item that is on its way
        self._broken: Queue[_Original] = Queue()
        self._equal: Queue[list[ImageRecord]] = Queue(_COPIED)
        self._submitted = 0  # images, as all counts here
        self._settled = 0  # but for those that are missing
        self._lister: Lister  # once there is something to do

    def report(self) -> EncodeReport:
        started = time.monotonic()
        library, encoded = self._library, None
        library.check_encoder()
        keeper = IndexKeeper(library)
        try:
            with write_lock(library.layout, way_out=BUSY):
                images = library.catalog.totals()["images"]
                already = images_with_vectors(self._engine, library.fingerprint)
                self._to_do = images - already
                if self._to_do:
                    # Now: the model is loaded with the first picture, and there may be none.
                    library.require_weights()
                    encoded = self._encoded(keeper)
            if not self._stop.is_set():
                keeper.begin_last()
        except BaseException:
            keeper.stop()
            raise
        indexed, index_problem = keeper.finish(quick=self._stop.is_set())
        done = encoded.images if encoded else 0
        missing = self._missing + Counter({Missing.NOT_FOUND: self._gone})
        rejects = self._rejects + (encoded.rejects if encoded else Counter())
        ended = done + missing.total() + self._changed + rejects.total()
        return EncodeReport(
            encoder=library.spec.id,
            fingerprint=library.fingerprint,
            tiles=library.spec.tiles,
            images=images,
            already=already,
            encoded=done,
            missing=missing.total(),
            changed=self._changed,
            rejected=rejects.total(),
            left=self._to_do - ended,
            missing_by_reason={str(why): count for why, count in missing.most_common()},
            rejects=dict(rejects.most_common()),
            computed=encoded.computed if encoded else 0,
            parts=encoded.parts if encoded else 0,
            indexed=indexed,
            index_problem=index_problem,
            precision=encoded.precision if encoded else None,
            device=encoded.device if encoded else None,
            seconds=round(time.monotonic() - started, 3),
            interrupted=self._stop.is_set(),
        )

    def _encoded(self, keeper: IndexKeeper) -> EncodedImages:
        library = self._library
        renderings = renderings_in(library)
        pool = DecodePool(
            library.settings.workers or len(os.sched_getaffinity(0)),
            library.spec.preprocessing,
            decode_settings(library, renderings),
        )
        # A content hash is of pixels by one rendering: what has the same one looks the same to
        # this encoder where nothing was ever rendered in another way.
        comparable = renderings <= {library.spec.rendering}
        with EncodedImages(library, comparable=comparable) as encoded, pool:
            lister = self._lister = Lister(self._steps(pool, encoded), self._stop)
            lister.start()  # files are decoded while the model is loaded
            try:
                while not self._finished():
                    self._step(pool, encoded)
                    keeper.consider(encoded.parts)
                    self._progress(self._settled + self._missing.total(), self._to_do)
                if not self._stop.is_set():
                    self._start(encoded)
                encoded.finish()
            except BaseException:
                lister.abandon()
                raise
            finally:
                lister.wait(pool)
            lister.raise_error()
        self._progress(self._settled + self._missing.total(), self._to_do)
        return encoded

    # -- the listing thread ----------------------------------------------------------------------

    def _steps(self, pool: DecodePool, encoded: EncodedImages) -> Iterator[None]:
        for page in images_without(self._engine, self._library.fingerprint):
            equal = encoded.equal_to_stored(page)
            if equal:
                self._submitted += len(equal)
                self._offer(equal)
                yield
            ids = {record.id for record in equal}
            rest = [record for record in page if record.id not in ids]
            for _, records in groupby(rest, key=self._originals.key):
                self._submit(tuple(records), pool)
                yield

    def _submit(self, records: tuple[ImageRecord, ...], pool: DecodePool) -> None:
        name = f"original {self._submitted}"
        item = self._originals.item(records, name)
        if isinstance(item, Missing):
            self._missing[item] += len(records)
            return
        original = _Original(item, records)
        self._submitted += len(records)
        if item.problem is not None:
            self._broken.put(original)
        else:
            self._known[name] = original
            pool.submit(item)

    def _offer(self, equal: list[ImageRecord]) -> None:
        while not self._lister.is_unwanted:
            try:
                self._equal.put(equal, timeout=_POLL_SECONDS)
            except Full:
                continue
            return

    # -- the caller's thread -----------------------------------------------------------------------

    def _finished(self) -> bool:
        if self._stop.is_set() or self._lister.error is not None:
            return True
        return self._lister.ended and self._settled == self._submitted

    def _step(self, pool: DecodePool, encoded: EncodedImages) -> None:
        self._settle_others(encoded)
        result = pool.take()
        if result is not None:
            item, outcome = result
            self._settle(self._known.pop(item.uri), outcome)
        waiting = sum(len(image.pictures) for image in self._waiting)
        if waiting >= self._batch or (result is None and waiting):
            self._start(encoded)
        encoded.tick()

    def _settle_others(self, encoded: EncodedImages) -> None:
        """What needs no decoding."""
        while True:
            try:
                equal = self._equal.get_nowait()
            except Empty:
                break
            encoded.copy(equal)
            self._settled += len(equal)
        while True:
            try:
                original = self._broken.get_nowait()
            except Empty:
                return
            assert original.item.problem is not None
            self._reject(original, str(original.item.problem.code))

    def _settle(self, original: _Original, outcome: Outcome) -> None:
        match outcome:
            case Rejected(RejectCode.MISSING_FILE, _):
                self._settled += len(original.records)
                self._gone += len(original.records)
            case Rejected(code, _):
                self._reject(original, code)
            case Skipped():
                self._settled += len(original.records)
                self._changed += len(original.records)
            case Decoded(frames):
                by_number = {frame.number: frame for frame in frames}
                for record in original.records:
                    self._settled += 1
                    frame = by_number.get(record.frame)
                    if frame is None or not _shows(record, frame):
                        self._changed += 1
                    else:
                        self._waiting.append(_known_image(record.id, frame))

    def _reject(self, original: _Original, code: str) -> None:
        self._settled += len(original.records)
        self._rejects[code] += len(original.records)

    def _start(self, encoded: EncodedImages) -> None:
        if self._waiting:
            encoded.start(self._waiting)
            self._waiting = []


def _known_image(image: str, frame: DecodedFrame) -> KnownImage:
    return KnownImage(image, frame.content, dict(frame.tiles) or {None: frame.prepared})


def _shows(record: ImageRecord, frame: DecodedFrame) -> bool:
    """Whether the frame is what the record was made of; of an imported one nobody knows."""
    contents = (frame.content, *frame.other_contents, unknown_content(record.id))
    return record.content in contents

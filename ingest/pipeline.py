"""The way of an image: source → known? → decode → encode → part and catalog → index.

Three kinds of threads: one lists sources and asks the catalog what is known, one a decoding
process feeds it, and the caller's encodes and commits. Bounded queues lie between them.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from ingest.arrivals import new_item, patient_of
from ingest.batches import LiveBatches, in_batches
from ingest.decoding.messages import Decoded, Outcome, Rejected, Skipped
from ingest.decoding.pool import DecodePool, DecodeSettings
from ingest.indexing import IndexKeeper
from ingest.listing import Lister
from ingest.report import IngestReport
from ingest.sources.archive import archive_items, is_unnamed_archive
from ingest.sources.source import ArchiveMember, Problem, Source, SourceItem
from radalike.catalog.store import Item, Reject
from radalike.errors import ImageRejected, RejectCode
from radalike.interpreter import what_is_loaded_stays
from radalike.library.ingesting.run_folders import sweep_run_folders
from radalike.library.write_lock import BUSY, write_lock
from radalike.records import Identity

if TYPE_CHECKING:
    from radalike.library import Library
    from radalike.library.writing.writer import NewItem, Writer

_LISTED = 256  # items that the catalog is asked about at once
_ENCODED = 128  # images that are encoded at once
_LAST_BATCHES = 3  # of an ingest, which go into a part of their own
_TOLD_SECONDS = 0.2  # between two calls of `progress` while all that is listed is known


@dataclass(frozen=True, slots=True)
class Progress:
    """Files so far; `total` is None until everything has been listed."""

    listed: int
    finished: int
    images: int
    committed: int
    total: int | None


def ingest(
    library: Library,
    sources: Sequence[Source],
    *,
    stop: Event | None = None,
    progress: Callable[[Progress], None] = lambda _progress: None,
    on_batch: Callable[[IngestReport], None] = lambda _report: None,
) -> IngestReport:
    """Bring every image of `sources` into `library`. Setting `stop` ends it at the next batch,
    with all that was encoded committed.

    on_batch: called with what has been added and rejected since the last time, when a live source
    has been quiet for as long as a part stays open, and at the end; not when that is nothing.

    Raises what `Library.check_encoder` does, before anything is read; LibraryBusy, StorageFull,
    DecoderUnavailable, InvalidManifest, and what else a source raises when it cannot be listed;
    what was committed before stays.
    """
    return _Run(library, sources, stop or Event(), progress, on_batch).report()


class _Run:
    def __init__(
        self,
        library: Library,
        sources: Sequence[Source],
        stop: Event,
        progress: Callable[[Progress], None],
        on_batch: Callable[[IngestReport], None],
    ) -> None:
        self._library = library
        self._sources = sources
        self._stop = stop
        self._progress = progress
        self._on_batch = on_batch
        self._live_batches = LiveBatches(library.settings.part_seconds)
        self._reported: IngestReport | None = None  # with the last batch
        self._started = time.monotonic()
        self._listed = 0
        self._settled_before: Counter[str] = Counter()
        self._submitted = 0
        self._taken = 0
        self._something_new = Event()  # or the listing has ended
        self._held = ExitStack()  # the write lock, from the first new item on
        self._pool = DecodePool(
            library.settings.workers or len(os.sched_getaffinity(0)),
            library.spec.preprocessing,
            _decode_settings(library),
        )
        self._lister = Lister(self._steps(), stop, at_end=self._something_new.set)
        self._problems: list[SourceItem] = []
        self._waiting: list[NewItem] = []
        self._waiting_images = 0
        self._batch = min(_ENCODED, library.settings.part_rows)

    def report(self) -> IngestReport:
        library = self._library
        library.check_encoder()
        sweep_run_folders(library.layout.fetched)
        keeper, pool, lister = IndexKeeper(library), self._pool, self._lister
        try:
            with pool:
                lister.start()  # files are decoded while the model is loaded
                while not self._something_new.wait(_TOLD_SECONDS):
                    self._tell(None)
                writer: Writer | None = None
                if self._submitted:  # else nothing is new, and no model is needed
                    encoder = library.load_encoder()
                    with what_is_loaded_stays(), library.writer(encoder, lock=False) as writer:
                        self._bring_in(writer, keeper)
                lister.wait(pool)
                self._held.close()
                if not self._stop.is_set() and lister.error is None:
                    keeper.begin_last()  # it builds while the decoders are let go
            lister.raise_error()
        except BaseException:
            lister.abandon()
            keeper.stop()
            raise
        finally:
            self._held.close()
        self._tell(writer)
        self._batch_is_over(writer)
        for source in self._sources:
            source.settle()
        report = self._report_of(writer, *keeper.finish(quick=self._stop.is_set()))
        self._tell_batch(report)
        return report

    def _report_of(
        self, writer: Writer | None, indexed: int, index_problem: str | None
    ) -> IngestReport:
        outcomes = writer.outcomes if writer else Counter[str]()
        known = self._settled_before["added"] + outcomes["known"]
        skipped = self._settled_before["skipped"] + outcomes["skipped"]
        ended = outcomes["added"] + known + skipped + outcomes["rejected"]
        return IngestReport(
            discovered=self._listed,
            added=outcomes["added"],
            known=known,
            skipped=skipped,
            rejected=outcomes["rejected"],
            left=self._listed - ended,
            images=writer.images_added if writer else 0,
            encoded=writer.encoded if writer else 0,
            parts=writer.parts_committed if writer else 0,
            indexed=indexed,
            index_problem=index_problem,
            device=writer.device if writer else None,
            precision=writer.precision if writer else None,
            seconds=round(time.monotonic() - self._started, 3),
            interrupted=self._stop.is_set(),
            rejects=dict(writer.codes.most_common()) if writer else {},
        )

    def _bring_in(self, writer: Writer, keeper: IndexKeeper) -> None:
        begun = near_end = False
        while not self._finished():
            self._step(writer)
            if writer.encoded and not begun:
                begun = True
                keeper.prepare()
            if not near_end and self._is_near_end():
                # What there is is written and indexed while the last images are encoded.
                near_end = True
                writer.close_part()
            keeper.consider(writer.parts_committed)
            self._tell(writer)
            if self._batch_is_over(writer):
                indexed = self._library.index_state().indexed
                self._tell_batch(self._report_of(writer, indexed, None))
        self._pool.end()  # the processes go while the last images are encoded
        self._add(writer)

    def _batch_is_over(self, writer: Writer | None) -> bool:
        ended = self._settled_before.total() + (writer.outcomes.total() if writer else 0)
        return self._live_batches.over(self._listed, ended)

    def _tell_batch(self, report: IngestReport) -> None:
        batch = report.since(self._reported, self._live_batches.seconds)
        if batch.added or batch.rejected:
            self._reported = report
            self._on_batch(batch)

    def _is_near_end(self) -> bool:
        left = self._submitted - self._taken
        return self._lister.ended and left <= _LAST_BATCHES * self._batch

    # -- the listing thread --------------------------------------------------------------------

    def _steps(self) -> Iterator[None]:
        items = (item for source in self._sources for item in source.items())
        for batch in in_batches(items, _LISTED):
            self._submit_new(batch)
            yield

    def _submit_new(self, batch: list[SourceItem]) -> None:
        self._forget_broken({each.archive for each in map(_content, batch) if each})
        keys = [self._key(item) for item in batch]
        known = self._library.catalog.known_items(keys)
        for item, key in zip(batch, keys, strict=True):
            if self._lister.is_unwanted:
                return
            before = known.get(key)
            same = before and (before.size, before.modified_ns) == (item.size, item.modified_ns)
            if before and same and item.problem is None:
                self._listed += 1
                self._settled_before[before.outcome] += 1
            elif is_unnamed_archive(item):
                self._submit_members(item)
            else:
                self._submit(item)

    def _submit(self, item: SourceItem) -> None:
        self._listed += 1
        if not self._submitted:  # before it is read: an erasure may be about to remove it
            self._held.enter_context(write_lock(self._library.layout, way_out=BUSY))
        self._submitted += 1
        self._something_new.set()
        if item.problem is not None:
            self._problems.append(item)
        else:
            self._pool.submit(item)

    def _submit_members(self, item: SourceItem) -> None:
        try:
            assert isinstance(item.content, Path)
            for batch in in_batches(archive_items(item.content, item.dataset), _LISTED):
                self._submit_new(batch)
        except ImageRejected as exc:
            self._submit(replace(item, problem=Problem(exc.code, str(exc))))
        except OSError:
            problem = Problem(RejectCode.UNREADABLE, "the archive cannot be read")
            self._submit(replace(item, problem=problem))

    def _forget_broken(self, archives: set[Path]) -> None:
        """An archive that is read now may have been rejected as a whole before."""
        pseudonym, catalog = self._library.privacy.pseudonym, self._library.catalog
        rejected = catalog.rejected_keys([pseudonym("item", f"file:{each}") for each in archives])
        if rejected:
            catalog.forget_rejects(sorted(rejected))

    def _key(self, item: SourceItem) -> str:
        return self._library.privacy.pseudonym("item", item.uri)

    # -- the caller's thread -------------------------------------------------------------------

    def _finished(self) -> bool:
        if self._stop.is_set() or self._lister.error is not None:
            return True
        return self._lister.ended and self._taken == self._submitted

    def _step(self, writer: Writer) -> None:
        while self._problems:
            item = self._problems.pop()
            assert item.problem is not None
            self._reject(writer, item, item.problem.code, item.problem.reason)
        result = self._pool.take()
        if result is not None:
            self._settle(writer, *result)
        if self._waiting_images >= self._batch or (result is None and self._waiting_images):
            self._add(writer)
        writer.tick()

    def _settle(self, writer: Writer, item: SourceItem, outcome: Outcome) -> None:
        match outcome:
            case Rejected(code, reason, whose):
                self._reject(writer, item, code, reason, whose)
            case Skipped():
                self._taken += 1
                writer.finish(Item(self._key(item), item.size, item.modified_ns, "skipped", 0))
            case Decoded():
                self._taken += 1
                self._waiting.append(new_item(self._library, item, self._key(item), outcome))
                self._waiting_images += len(outcome.frames)

    def _reject(
        self,
        writer: Writer,
        item: SourceItem,
        code: str,
        reason: str,
        whose: Identity | None = None,
    ) -> None:
        self._taken += 1
        key, source, path = self._key(item), item.dataset, item.filepath
        sealed = None if path is not None else self._library.privacy.seal(item.uri)
        patient = patient_of(self._library, item, whose)
        writer.reject(Reject(key, str(code), reason, source, path, sealed, patient))

    def _add(self, writer: Writer) -> None:
        writer.start(self._waiting)
        self._waiting, self._waiting_images = [], 0

    def _tell(self, writer: Writer | None) -> None:
        self._progress(
            Progress(
                listed=self._listed,
                finished=self._settled_before.total() + self._taken,
                images=writer.encoded if writer else 0,
                committed=writer.images_added if writer else 0,
                total=self._listed if self._lister.ended else None,
            )
        )


def _content(item: SourceItem) -> ArchiveMember | None:
    return item.content if isinstance(item.content, ArchiveMember) else None


def _decode_settings(library: Library) -> DecodeSettings:
    settings = library.settings
    return DecodeSettings(
        settings.decode_memory_mib,
        settings.decode_seconds,
        settings.frames,
        library.spec.rendering,
        tuple(settings.withheld_thumbnails.replace(" ", "").split(",")),
        settings.keep_identity,
    )

"""The way of published embeddings: names → check of every vector → parts and catalog → index.

Names are listed first, then every row is checked, and only then is anything written; so an import
is refused before it has begun, or allowed to leave out what was told. Rows are written a part at
one commit; what is there already is not written again, so a killed import is finished by the same
command.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from ingest.embedding_files.hdf5 import VectorFile
from ingest.embedding_files.import_report import ImportReport, told
from ingest.embedding_files.import_request import LISTING, STAGES, ImportRequest, Progress
from ingest.embedding_files.imported_encoder import imported_spec
from ingest.embedding_files.pairing import Pairing
from ingest.embedding_files.part_writer import PartWriter
from ingest.embedding_files.placing import Place, Placed, placed, record_of
from ingest.embedding_files.problems import Listing, Problem, Tally, listing_in
from ingest.indexing import IndexKeeper
from radalike.catalog.chunks import chunks
from radalike.encoders.spec import fingerprint
from radalike.errors import UsageError
from radalike.library.encoders.default_encoder import make_default
from radalike.library.encoders.registration import check_name
from radalike.library.layout import Layout, open_layout
from radalike.library.write_lock import write_lock
from radalike.storage import storage_errors

if TYPE_CHECKING:
    from radalike.encoders.spec import EncoderSpec
    from radalike.library import Library
    from radalike.settings import Settings

_BATCH = 4096  # rows that the catalog is asked about at once
_BUSY = "wait until it has finished, and run the same again; searches are not affected"


def import_embeddings(
    settings: Settings,
    request: ImportRequest,
    *,
    stop: Event | None = None,
    progress: Progress = lambda _stage, _done, _total: None,
) -> ImportReport:
    """Bring published vectors, and the images that they are of, into the library of `settings`,
    which is made when it is missing. Setting `stop` ends it with the part being filled.

    Raises UsageError for files that cannot be read or do not belong together, InvalidManifest,
    DuplicateName when the library has other vectors of that name, LibraryBusy, StorageFull,
    CorruptPart.
    """
    with ExitStack() as held:
        files = [held.enter_context(VectorFile(path)) for path in request.files]
        pairing = Pairing(request.manifests, files)
        run = _Run(settings, request, pairing, stop or Event(), progress)
        return run.report()


class _Stopped(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Checked:
    """What is to be imported, and what cannot be: rows, and vectors that no row has."""

    spec: EncoderSpec
    tally: Tally
    left_out: int
    apart: int


class _Run:
    def __init__(
        self,
        settings: Settings,
        request: ImportRequest,
        pairing: Pairing,
        stop: Event,
        progress: Progress,
    ) -> None:
        # Whatever encoder is set is another one than that of the vectors.
        self._settings = settings.model_copy(update={"encoder": ""})
        self._request = request
        self._pairing = pairing
        self._stop = stop
        self._progress = progress
        self._started = time.monotonic()
        self._listing = request.left_out
        if request.allow_missing and self._listing is None:
            self._listing = settings.library / LISTING

    def report(self) -> ImportReport:
        imported_spec(self._request.name, 1)  # before minutes are spent on files
        try:
            with ExitStack() as held:
                tally = Tally()
                if self._listing is not None:
                    tally.listing = held.enter_context(_listing(self._listing, self._settings))
                checked = self._check(tally)
        except _Stopped:
            return self._report(None, Counter(), interrupted=True)
        if not checked.tally.counts and self._request.left_out is None:
            self._forget_listing()
        nothing_whole = checked.left_out == self._pairing.manifest_rows
        if nothing_whole or (checked.tally.counts and not self._request.allow_missing):
            return self._report(checked, Counter(), refused=True)
        with self._opened(checked.spec) as library:
            return self._written(library, checked)

    # -- before anything is written --------------------------------------------------------------

    def _check(self, tally: Tally) -> _Checked:
        pairing, left_out = self._pairing, 0
        pairing.list_rows(self._count(0))
        pairing.list_vectors(tally, self._count(1))
        apart = tally.counts.total()
        spec = imported_spec(self._request.name, pairing.dimension(), self._request.description)
        with ExitStack() as held:
            there = Layout(self._settings.library).description.exists()
            library = held.enter_context(self._opened(spec)) if there else None
            if library is not None and spec.dimension:
                check_name(library.catalog, library.spec)
            for batch in self._batches(library, spec, STAGES[2]):
                for each in batch:
                    if isinstance(each.outcome, Problem):
                        left_out += 1
                        item = each.row.item
                        tally.add(each.outcome, item.filepath or "", item.dataset)
                if self._stop.is_set():
                    raise _Stopped
        return _Checked(spec, tally, left_out, apart)

    def _opened(self, spec: EncoderSpec) -> Library:
        from radalike.library import Library

        settings = self._settings
        return Library.open(settings.library, create=True, settings=settings, spec=spec)

    def _batches(
        self, library: Library | None, spec: EncoderSpec, stage: str
    ) -> Iterator[list[Placed]]:
        rows = self._pairing.rows(spec.dimension, normalise=self._request.normalise)
        done, total = 0, self._pairing.manifest_rows
        for batch in chunks(rows, _BATCH):
            done += len(batch)
            yield list(placed(library, batch))
            self._progress(stage, done, total)

    def _count(self, stage: int) -> Callable[[int], None]:
        def count(done: int) -> None:
            if done % _BATCH == 0:
                self._progress(STAGES[stage], done, None)
                if self._stop.is_set():
                    raise _Stopped

        return count

    def _forget_listing(self) -> None:
        """Of an earlier run, or with nothing in it."""
        if self._listing is not None:
            self._listing.unlink(missing_ok=True)
            self._listing = None

    # -- writing -----------------------------------------------------------------------------------

    def _written(self, library: Library, checked: _Checked) -> ImportReport:
        outcomes: Counter[Place | Problem] = Counter()
        interrupted = False
        renormalised = 0
        writer = PartWriter(library)
        with write_lock(library.layout, way_out=_BUSY), writer:
            check_name(library.catalog, library.spec)
            for batch in self._batches(library, checked.spec, STAGES[3]):
                for each in batch:
                    self._write(library, writer, each)
                    outcomes[each.outcome] += 1
                    renormalised += each.row.renormalised
                interrupted = self._stop.is_set() and (
                    outcomes.total() < self._pairing.manifest_rows
                )
                if interrupted:
                    break
        if not interrupted:
            _check_unchanged(outcomes, checked)
        default = not interrupted and _make_default(library)
        indexed, problem = IndexKeeper(library).finish(quick=interrupted)
        return replace(
            self._report(checked, outcomes, interrupted=interrupted),
            renormalised=renormalised,
            parts=writer.parts,
            indexed=indexed,
            index_problem=problem,
            default=default,
        )

    def _write(self, library: Library, writer: PartWriter, each: Placed) -> None:
        row = each.row
        if isinstance(each.outcome, Problem):
            if not self._request.allow_missing:
                raise _changed()
        elif each.outcome is Place.NEW:
            assert row.vector is not None
            writer.add(record_of(library, row), row.vector)
        elif each.outcome is Place.JOINS:
            assert row.vector is not None
            writer.join(row.id, row.vector)

    def _report(
        self,
        checked: _Checked | None,
        outcomes: Counter[Place | Problem],
        *,
        refused: bool = False,
        interrupted: bool = False,
    ) -> ImportReport:
        spec = checked.spec if checked else None
        problems, first = told(checked.tally) if checked else ({}, {})
        left_out = checked.left_out if checked else 0
        rows = self._pairing.manifest_rows
        settled = sum(outcomes[place] for place in Place) + left_out
        return ImportReport(
            encoder=spec.id if spec else imported_spec(self._request.name, 1).id,
            fingerprint=fingerprint(spec) if spec else "",
            dimension=spec.dimension if spec else 0,
            rows=rows,
            added=outcomes[Place.NEW],
            joined=outcomes[Place.JOINS],
            known=outcomes[Place.KNOWN],
            left_out=left_out,
            left=rows - settled,
            vectors_apart=checked.apart if checked else 0,
            renormalised=0,
            problems=problems,
            first=first,
            listing=str(self._listing) if self._listing and checked else None,
            parts=0,
            indexed=0,
            index_problem=None,
            default=False,
            refused=refused,
            interrupted=interrupted,
            seconds=round(time.monotonic() - self._started, 3),
        )


@contextmanager
def _listing(path: Path, settings: Settings) -> Iterator[Listing]:
    if path.parent == settings.library:
        with storage_errors():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with listing_in(path) as listing:
        yield listing


def _check_unchanged(outcomes: Counter[Place | Problem], checked: _Checked) -> None:
    """Raises UsageError when other rows were left out than were told to be."""
    if sum(outcomes[problem] for problem in Problem) != checked.left_out:
        raise _changed()


def _changed() -> UsageError:
    return UsageError(
        "the files have changed while they were read: other rows are not whole than before",
        hint="run the same again when nobody writes to them; what was imported is whole",
    )


def _make_default(library: Library) -> bool:
    """Make the imported encoder the default of a library that has vectors of no other."""
    catalog, own = library.catalog, library.fingerprint
    if open_layout(library.layout.root)[1] == library.encoder_id:
        return False
    if any(part.fingerprint != own for part in catalog.parts()):
        return False
    make_default(library)
    return True

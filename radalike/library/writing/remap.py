"""Applying today's vocabulary to images that are in a library already, without their pixels.

The catalog is rewritten page by page, then the indexes are built anew from it. A note in the
library's folder says that they lag behind, from before the first page until they do not; so a kill
at any moment is mended by running the same again. Searches go on meanwhile, by the old words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.catalog.remapping import Described, described, rewrite, targets
from radalike.errors import LibraryError
from radalike.index import generations
from radalike.index.backend import IndexSpec
from radalike.library.indexing.build_process import BuildProcess
from radalike.library.indexing.projection import Progress, update_server
from radalike.library.write_lock import write_lock
from radalike.storage import storage_errors, sync_folder
from radalike.vocabulary import Evidence, Terms, terms_of

if TYPE_CHECKING:
    from radalike.library.library import Library

_BUSY = "wait until it has finished; --dry-run works meanwhile"
_NOTHING = "none"
_MOST_KEPT = 20_000
"""Evidence whose terms are remembered: many series, and little memory whatever there is."""


@dataclass(frozen=True, slots=True)
class Change:
    """`images` images whose `field` was `before` and is `after`."""

    field: str
    before: str
    after: str
    images: int


@dataclass(frozen=True, slots=True)
class RemapReport:
    """Images by what became of them; the first four add up to `images`.

    given: by a manifest, whose word stands. without_evidence: rasters, and images of before
    evidence was kept. indexed: points of the indexes that were built anew.
    """

    changed: int
    unchanged: int
    given: int
    without_evidence: int
    images: int
    changes: tuple[Change, ...]
    indexed: int
    dry_run: bool


def remap(
    library: Library, *, dry_run: bool = False, progress: Progress | None = None
) -> RemapReport:
    """Read the evidence of every image again, and bring catalog and indexes up to date with it.

    With `dry_run` nothing is written. Raises LibraryBusy when another process writes, LibraryError
    for evidence under another key, IndexBusy, IndexUnavailable, StorageFull; after an error of
    an index, the next run brings it up to date.
    """
    move = progress or (lambda _done, _total: None)
    if dry_run:
        return _applied(library, move, write=False)
    with write_lock(library.layout, way_out=_BUSY):
        return _applied(library, move, write=True)


def _applied(library: Library, progress: Progress, *, write: bool) -> RemapReport:
    read = _reader(library)
    engine = library.catalog.engine
    total, outcomes, changes = library.catalog.totals()["images"], Counter[str](), Counter[_Key]()
    for page in described(engine):
        better: dict[int, Terms] = {}
        differences: list[_Key] = []
        for image in page:
            if image.evidence is None:
                outcomes["given" if image.public else "without_evidence"] += 1
                continue
            terms = read(image.evidence)
            changed = terms != image.terms
            outcomes["changed" if changed else "unchanged"] += 1
            if changed:
                better[image.number] = terms
                differences += _differences(image, terms)
        changes.update(differences)
        if write and differences:
            _note(library).touch()
            sync_folder(library.layout.root)
        if write:
            rewrite(engine, better)
        progress(outcomes.total(), max(total, outcomes.total()))
    indexed = _reindexed(library, progress) if write and _note(library).exists() else 0
    return RemapReport(
        changed=outcomes["changed"],
        unchanged=outcomes["unchanged"],
        given=outcomes["given"],
        without_evidence=outcomes["without_evidence"],
        images=outcomes.total(),
        changes=tuple(
            Change(*key, images)
            for key, images in sorted(changes.items(), key=lambda entry: (-entry[1], entry[0]))
        ),
        indexed=indexed,
        dry_run=not write,
    )


_Key = tuple[str, str, str]


def _reader(library: Library) -> Callable[[bytes], Terms]:
    """Sealed evidence to terms. Most images of a series have the same evidence: it is read once."""

    @lru_cache(maxsize=_MOST_KEPT)
    def terms(text: str) -> Terms:
        try:
            return terms_of(Evidence.from_json(text))
        except ValueError as exc:
            raise LibraryError(
                "the evidence of an image cannot be read",
                hint="it was kept by another version of Radalike; ingest the original again",
            ) from exc

    return lambda sealed: terms(library.privacy.unseal(sealed, "the evidence of an image"))


def _differences(image: Described, after: Terms) -> list[_Key]:
    """(field, old, new) of what can be filtered by; source and confidence go with the value."""
    pairs = {
        "modality": (image.terms.modality.value, after.modality.value),
        "anatomy": (image.terms.anatomy.value, after.anatomy.value),
        "organ": (image.terms.organ or _NOTHING, after.organ or _NOTHING),
        "laterality": (image.terms.laterality or _NOTHING, after.laterality or _NOTHING),
    }
    return [(name, old, new) for name, (old, new) in pairs.items() if old != new]


def _note(library: Library) -> Path:
    return library.layout.interrupted_remap


def _reindexed(library: Library, progress: Progress) -> int:
    """Build anew every index that holds something; the points in them.

    From nothing, since links of the graph that were made for old values cost recall when only
    values are changed. A server other than that of the settings is noted to hold nothing, so the
    next build writes to it again.
    """
    points = sum(_rebuilt(library, each, progress) for each in _embedded(library))
    prefix = f"server:{library.settings.qdrant_url}:"
    for target in targets(library.catalog.engine):
        if library.settings.backend == "server" and target.startswith(prefix):
            points += _rewritten(library, target, target.removeprefix(prefix), progress)
        else:
            library.catalog.set_projected(target, [], reset=True)
    if "searcher" in vars(library):  # what it has in memory has the old words
        library.searcher.close()
        del library.searcher
    with storage_errors():
        _note(library).replace(library.layout.last_remap)
        sync_folder(library.layout.root)
    return points


def _embedded(library: Library) -> list[str]:
    """Fingerprints that an embedded index has been built for."""
    folder = library.layout.root / "index"
    known = {part.fingerprint for part in library.catalog.parts()}
    built = (each for each in sorted(folder.glob("*")) if each.name in known)
    return [each.name for each in built if generations.current(each) is not None]


def _rebuilt(library: Library, fingerprint: str, progress: Progress) -> int:
    process = BuildProcess()
    try:
        process.build(library.layout.root, fingerprint, library.catalog_url, full=True)
        return process.wait(progress).points
    finally:
        process.stop()


def _rewritten(library: Library, target: str, fingerprint: str, progress: Progress) -> int:
    from radalike.library.indexing.opening import server_client

    client = server_client(library)
    spec = IndexSpec(library.catalog.dimension(fingerprint), fingerprint)
    try:
        report = update_server(
            library.layout, library.catalog, client, target, spec, full=True, progress=progress
        )
    finally:
        client.close()
    return report.points

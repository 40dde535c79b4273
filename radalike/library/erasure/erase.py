"""Erasing a patient: every row, vector, index point, thumbnail and spooled file, and the proof.

The order makes every moment a safe one to be killed at. The plan is written first; the catalog
forgets at one commit, from which on no search finds anything; then the files go, the index is
built anew, and all that is left of the library is searched for what was erased. Whoever runs it
again, for any patient, finishes what a killed one has begun.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radalike.catalog import erasing
from radalike.catalog.identities import kept_identities
from radalike.embeddings.parts import EmbeddingChunk, read_part, read_rows, sweep
from radalike.errors import RecordNotFound, UsageError
from radalike.library.erasure.indexes import erase_from_indexes, erase_from_server, held_parts
from radalike.library.erasure.plan import Plan, read_plan, remove_plan, write_plan
from radalike.library.erasure.proof import prove
from radalike.library.erasure.scan import Progress
from radalike.library.erasure.spool import identities_in, spool_files
from radalike.library.ingesting.run_folders import sweep_run_folders
from radalike.library.judgements import picture_key
from radalike.library.vectors.new_part import new_part
from radalike.library.write_lock import write_lock
from radalike.records import Identity, Vectors
from radalike.storage import storage_errors, sync_folder

if TYPE_CHECKING:
    from radalike.library.library import Library

_BUSY = "end it, or wait until it has finished, and run the same again"


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What was there of `patient` (a pseudonym) and is gone. `found`: traces that the search of
    all `scanned_files` and of the catalog still met. `unreadable_spool_files`,
    `unattributed_rejects`: spooled files and rejected ones that do not say whom they show; they are
    left as they are."""

    patient: str
    images: int
    vectors: int
    parts_rewritten: int
    index_points: int
    thumbnails: int
    spool_files: int
    rejects: int
    scanned_files: int
    found: int
    unreadable_spool_files: int = 0
    unattributed_rejects: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def erase_patient(
    library: Library,
    patient: str,
    issuer: str | None = None,
    *,
    forget_servers: bool = False,
    progress: Progress | None = None,
) -> ErasureReport:
    """Erase a patient by the original PatientID (with its issuer) or by the pseudonym.

    Without `issuer`, a PatientID is looked for without one, under each data set's name, and under
    the issuers that have been met. `forget_servers`: servers that are not that of the settings are
    no more, and so need not be asked.
    Raises RecordNotFound, UsageError when several issuers have this PatientID, LibraryBusy,
    IndexBusy, IndexUnavailable (the server holds points and does not answer), StorageFull.
    """
    with write_lock(library.layout, way_out=_BUSY):
        pending = read_plan(library.layout) or Plan()
        sweep_run_folders(library.layout.fetched)
        spool = identities_in(spool_files(library.layout), library.privacy.file_key)
        name = _pseudonym(library, patient, issuer, pending, spool)
        patients = pending.patients | {name}
        plan = pending | _plan(library, patients, spool)
        write_plan(library.layout, plan)
        erase_from_server(library, plan, forget_servers=forget_servers)
        _forget(library, plan)
        with storage_errors():
            _remove_files(library, plan)
        erase_from_indexes(library)
        proof = prove(library, plan, progress or (lambda _done, _total: None))
        if not proof.found:
            remove_plan(library.layout)
    return ErasureReport(
        patient=name,
        images=len(plan.images),
        vectors=len(plan.vectors),
        parts_rewritten=len(plan.parts),
        index_points=len(plan.points),
        thumbnails=len(plan.thumbnails),
        spool_files=len(plan.spool),
        rejects=len(plan.rejects),
        scanned_files=proof.files,
        found=proof.found,
        unreadable_spool_files=sum(each is None for each in spool.values()),
        unattributed_rejects=erasing.unattributed_rejects(library.catalog.engine),
    )


# -- who ---------------------------------------------------------------------------------------


def _pseudonym(
    library: Library,
    patient: str,
    issuer: str | None,
    pending: Plan,
    spool: dict[Path, Identity | None],
) -> str:
    """The one patient of this library that is meant."""
    privacy = library.privacy
    if issuer is not None:
        issuers = {issuer}
    else:
        # A manifest's patients are named within their data set.
        issuers = {"", *library.catalog.counts("dataset"), *_kept_issuers(library, patient)}
        issuers |= library.issuers.known()
        issuers |= {each.issuer for each in spool.values() if each and each.patient == patient}
    candidates = {privacy.pseudonym("patient", each, patient) for each in issuers}
    if issuer is None:
        candidates.add(patient)
    in_spool = {
        privacy.patient(each.issuer, each.patient, each.study) for each in spool.values() if each
    }
    known = erasing.known_patients(library.catalog.engine, candidates)
    known |= candidates & (in_spool | pending.patients)
    if not known:
        raise RecordNotFound(
            "no such patient in this library",
            hint="give the PatientID as the files have it, with --issuer when they name one; or "
            "the pseudonym, which `radalike search --json` shows",
        )
    if len(known) > 1:
        raise UsageError(
            "several issuers have given this PatientID",
            hint="say which is meant: --issuer, or the pseudonym",
        )
    return known.pop()


def _kept_issuers(library: Library, patient: str) -> set[str]:
    from radalike.library.privacy.identities import key_file, open_identities

    if not key_file(library.layout).exists():
        return set()
    identities = open_identities(library.layout)
    kept = (identities.unseal(*each) for each in kept_identities(library.catalog.engine))
    return {each.get("IssuerOfPatientID", "") for each in kept if each.get("PatientID") == patient}


# -- what --------------------------------------------------------------------------------------


def _plan(library: Library, patients: Collection[str], spool: dict[Path, Identity | None]) -> Plan:
    engine, privacy, layout = library.catalog.engine, library.privacy, library.layout
    traces = erasing.images_of(engine, patients)
    ids = [each.id for each in traces]
    spooled = {
        path
        for path, each in spool.items()
        if each and privacy.patient(each.issuer, each.patient, each.study) in patients
    }
    uris = [privacy.unseal(each.locator) for each in traces if each.locator is not None]
    uris += [f"spool:{path.stem}" for path in spooled]
    # Rows of older libraries do not name the patient, but their keys are known from the images.
    keys = erasing.keys_of(engine, patients)
    keys |= {privacy.pseudonym("item", each) for each in (*uris, *ids)}
    keys |= {picture_key(privacy, each.content) for each in traces}
    rows = erasing.rows_in_parts(engine, ids)
    vectors: dict[tuple[str, str], Vectors] = {}
    points: set[str] = set()
    held = held_parts(library)
    for part in library.catalog.parts():
        if part.name in rows:
            file = layout.embeddings(part.fingerprint) / part.name
            described = library.catalog.part_points(part.name)
            own = [described[row].id for row in rows[part.name]]
            found = read_rows(file, rows[part.name])
            vectors |= {
                (part.fingerprint, point): row for point, row in zip(own, found, strict=True)
            }
            points |= set(own) if part.name in held else set()
    contents = {each.content for each in traces}
    contents -= erasing.values_of_others(engine, "content", contents, ids)
    groups = {group for each in traces for group in each.groups}
    for column in ("study", "series"):
        groups -= erasing.values_of_others(engine, column, groups, ids)
    return Plan(
        patients=frozenset(patients),
        images={each.id: each.content for each in traces},
        vectors=vectors,
        groups=frozenset(groups),
        keys=frozenset(keys),
        parts=frozenset(rows),
        points=frozenset(points),
        thumbnails=frozenset(each for each in contents if layout.thumbnail(each).exists()),
        rejects=frozenset(erasing.rejects_among(engine, keys)),
        spool=frozenset(str(path.relative_to(layout.root)) for path in spooled),
    )


# -- gone --------------------------------------------------------------------------------------


def _forget(library: Library, plan: Plan) -> None:
    """From its commit on, no search finds anything of it."""
    catalog, layout = library.catalog, library.layout
    affected = erasing.rows_in_parts(catalog.engine, plan.images)
    encoders = catalog.encoders()
    rewritten = []
    for part in catalog.parts():
        if part.name not in affected:
            continue
        folder, gone = layout.embeddings(part.fingerprint), set(affected[part.name])
        chunk = read_part(folder / part.name)
        kept = [row for row in range(len(chunk.ids)) if row not in gone]
        if not kept:
            rewritten.append(erasing.RewrittenPart(part.name, None))
            continue
        remainder = EmbeddingChunk(tuple(chunk.ids[row] for row in kept), chunk.vectors[kept])
        encoder = encoders[part.fingerprint]
        new = new_part(layout, encoder, part.fingerprint, part.precision, remainder)
        rewritten.append(erasing.RewrittenPart(part.name, new.name, new.rows, new.sha256))
    erasing.erase_rows(catalog.engine, plan.images, plan.keys, rewritten)
    erasing.scrub(catalog.engine)


def _remove_files(library: Library, plan: Plan) -> None:
    """Parts and thumbnails that nobody owns any more, whoever left them, and spooled files."""
    layout = library.layout
    for folder in (layout.root / "embeddings").glob("*"):
        sweep(folder, (part.name for part in library.catalog.parts(folder.name)))
        sync_folder(folder)
    for folder in layout.thumbnails.glob("*"):
        files = {path.stem: path for path in folder.glob("*.jpg")}
        used = erasing.thumbnails_in_use(library.catalog.engine, files)
        unused = [path for content, path in files.items() if content not in used]
        for path in (*unused, *folder.glob("*.tmp")):
            path.unlink(missing_ok=True)
        sync_folder(folder)
    # What an interrupted evaluation has found can be of anybody: it begins anew.
    if layout.evaluation.exists():
        shutil.rmtree(layout.evaluation)
        sync_folder(layout.root)
    for name in plan.spool:
        path = layout.root / name
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_folder(path.parent)

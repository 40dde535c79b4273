"""Erasing a patient: everything of theirs is gone and nothing of anybody else's."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from radalike.embeddings.parts import EmbeddingChunk, read_part, write_part
from radalike.errors import LibraryBusy, RecordNotFound, UsageError
from radalike.index import generations
from radalike.library import Library
from radalike.library.checking import check_library
from radalike.library.erasure import erase
from radalike.library.erasure.erase import ErasureReport
from radalike.library.erasure.plan import Plan, read_plan
from radalike.library.erasure.proof import prove, vector_forms
from radalike.library.erasure.spool import spool_files
from radalike.library.ingesting.refused_files import RefusedFiles
from radalike.library.privacy.identities import open_identities
from radalike.records import ImageRecord
from tests.ingest.files import write_dicom
from tests.radalike.library.erasures import (
    EACH,
    SHARED,
    A,
    B,
    fill,
    found_by_searching,
    ids_of,
    images,
    open_small,
)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_small(tmp_path / "library") as opened:
        yield opened


def records(library: Library, patient: str) -> dict[str, ImageRecord]:
    return library.catalog.records(sorted(ids_of(library, patient)))


def vectors(library: Library) -> dict[str, bytes]:
    return {
        image: vector.tobytes()
        for chunk in library.embeddings()
        for image, vector in zip(chunk.ids, chunk.vectors, strict=True)
    }


def assert_sound(library: Library) -> None:
    assert check_library(library, lambda _done, _total: None) == []
    parts = {part.name for part in library.catalog.parts()}
    on_disk = {path.name for path in library.layout.root.glob("embeddings/*/*")}
    assert on_disk == parts
    assert not (library.layout.root / "erasing").exists()


def test_everything_of_one_patient_is_gone_and_nothing_of_the_other(library: Library) -> None:
    a, b = fill(library, index=True)
    assert found_by_searching(library) == ids_of(library, a) | ids_of(library, b)
    before, kept_vectors = records(library, b), vectors(library)
    parts = len(library.catalog.parts())
    report = library.erase_patient(A)
    assert replace(report, scanned_files=0) == ErasureReport(
        patient=a,
        images=EACH + 1,
        vectors=EACH + 1,
        parts_rewritten=3,
        index_points=EACH + 1,
        thumbnails=EACH,  # that of the picture which both have stays
        spool_files=0,
        rejects=1,
        scanned_files=0,
        found=0,
    )
    assert report.scanned_files > EACH
    assert len(library.catalog.parts()) == parts - 1
    assert ids_of(library, a) == set()
    after = records(library, b)
    assert {each.duplicate_of for each in after.values()} == {None}
    assert after == {name: replace(each, duplicate_of=None) for name, each in before.items()}
    assert vectors(library) == {name: kept_vectors[name] for name in before}
    assert all(library.thumbnail(each) for each in after.values())
    assert len(list(library.layout.thumbnails.rglob("*.jpg"))) == EACH + 1
    assert [each.patient for each in library.catalog.rejects()] == [b]
    assert set(library.catalog.known_items(["c" * 32, "d" * 32])) == {"d" * 32}
    assert library.index_state().indexed == EACH + 1
    assert_sound(library)
    assert found_by_searching(library) == set(before)


def test_what_evaluations_have_kept_goes_too(library: Library) -> None:
    fill(library)
    library.layout.evaluation.mkdir()
    (library.layout.evaluation / "ranking.npz").write_bytes(b"of anybody")
    library.erase_patient(A)
    assert not library.layout.evaluation.exists()


def test_an_erased_patient_can_come_back(library: Library) -> None:
    a, _ = fill(library)
    before = ids_of(library, a)
    library.erase_patient(A)
    library.add(images(a, range(EACH), "a"))
    assert ids_of(library, a) < before
    assert_sound(library)
    assert library.erase_patient(A).images == EACH


def test_the_last_patient_leaves_an_empty_library(library: Library) -> None:
    fill(library, index=True)
    library.erase_patient(A)
    assert library.erase_patient(B).found == 0
    assert library.catalog.totals() == {"images": 0, "duplicates": 0, "rejected": 0}
    assert library.catalog.parts() == []
    assert generations.current(library.layout.index(library.fingerprint)) is None
    assert found_by_searching(library) == set()
    assert_sound(library)
    library.add(images("somebody", [1, 2], "c"))
    library.build_index()
    assert len(found_by_searching(library)) == 2


def test_duplicates_are_pointed_to_the_first_that_is_left(library: Library) -> None:
    a = library.privacy.pseudonym("patient", "", A)
    library.add(images(a, [SHARED], "a"))
    names = ("b", "c", "d")
    library.add([each for name in names for each in images(name, [SHARED], name)])
    library.erase_patient(A)
    left = {name: next(iter(records(library, name).values())) for name in names}
    assert left["b"].duplicate_of is None
    assert left["c"].duplicate_of == left["d"].duplicate_of == left["b"].id


def test_pictures_that_only_the_encoder_takes_for_the_same_stay(library: Library) -> None:
    """Other contents with one vector: what is left must not be taken for a trace."""
    a = library.privacy.pseudonym("patient", "", A)
    flat = np.full((40, 40), 90, np.uint8)
    first, second = images(a, [1], "a") + images("b", [2], "b")
    library.add([replace(first, pixels=flat), replace(second, pixels=flat[:20])])
    assert len(set(vectors(library).values())) == 1
    assert library.erase_patient(A).found == 0
    assert len(ids_of(library, "b")) == 1


# -- who is meant ------------------------------------------------------------------------------


def test_a_patient_is_named_by_number_issuer_data_set_or_pseudonym(library: Library) -> None:
    def add(issuer: str, number: str, seed: int) -> str:
        name = library.privacy.pseudonym("patient", issuer, number)
        library.add(images(name, [seed], f"{issuer}{number}"))
        return name

    alone, issued, listed = add("", "1", 1), add("KIS", "2", 2), add("set", "3", 3)
    for number, issuer in (("2", None), ("2", ""), ("1", "KIS"), ("4", None), ("", None)):
        with pytest.raises(RecordNotFound, match="no such patient"):
            library.erase_patient(number, issuer)
    assert library.erase_patient("1").patient == alone
    assert library.erase_patient("3").patient == listed
    assert library.erase_patient("2", "KIS").patient == issued
    add("KIS", "2", 2)
    assert library.erase_patient(issued).patient == issued
    assert library.catalog.totals()["images"] == 0


def test_a_number_of_two_patients_needs_its_issuer(library: Library) -> None:
    for issuer in ("", "set"):
        name = library.privacy.pseudonym("patient", issuer, "7")
        library.add(images(name, [len(issuer)], f"x{issuer}"))
    with pytest.raises(UsageError, match="several issuers"):
        library.erase_patient("7")
    assert library.erase_patient("7", "").images == 1
    assert library.erase_patient("7").images == 1


def test_kept_identities_name_the_issuer_and_go_with_the_rest(library: Library) -> None:
    name = library.privacy.pseudonym("patient", "KIS", "2")
    library.add(images(name, [2], "x"))
    (image,) = ids_of(library, name)
    identities = open_identities(library.layout, create=True)
    sealed = identities.seal(image, {"PatientID": "2", "IssuerOfPatientID": "KIS"})
    with closing(sqlite3.connect(library.layout.catalog)) as connection, connection:
        connection.execute("INSERT INTO identities VALUES (?, ?)", (image, sealed))
    assert library.identity(image) == {"PatientID": "2", "IssuerOfPatientID": "KIS"}
    assert library.erase_patient("2").patient == name
    with closing(sqlite3.connect(library.layout.catalog)) as connection:
        assert connection.execute("SELECT count(*) FROM identities").fetchone() == (0,)


def test_one_at_a_time(library: Library) -> None:
    fill(library)
    with library.writer(), pytest.raises(LibraryBusy, match="another process is writing"):
        library.erase_patient(A)
    assert library.erase_patient(A).images == EACH + 1


# -- the spool ---------------------------------------------------------------------------------


def test_spooled_files_of_the_patient_go_with_their_items(library: Library, tmp_path: Path) -> None:
    spool = library.layout.root / "spool"
    mine = {"PatientID": A, "IssuerOfPatientID": "KIS"}
    for number, folder in enumerate(("incoming", "rejected", "fetched")):
        write_dicom(spool / folder / f"{number:064x}.dcm", number, **mine)
        write_dicom(spool / folder / f"{number + 9:064x}.dcm", number, PatientID=B)
    cut = write_dicom(spool / "rejected" / f"{77:064x}.dcm", 77, **mine)
    cut.write_bytes(cut.read_bytes()[:-1500])
    (spool / "rejected" / f"{88:064x}.dcm").write_bytes(b"no DICOM at all" * 30)
    refused = RefusedFiles(library.layout.spool_rejects, library.privacy)
    for number, who in ((41, mine), (42, {"PatientID": B})):
        refused.keep(write_dicom(tmp_path / f"{number:064x}.dcm", number, **who))
    damaged = refused.path(f"{43:064x}")
    damaged.write_bytes(refused.path(f"{42:064x}").read_bytes()[:-1])
    report = library.erase_patient(A)
    assert report.patient == library.privacy.pseudonym("patient", "KIS", A)
    assert (report.images, report.spool_files, report.unreadable_spool_files) == (0, 5, 2)
    assert report.found == 0
    left = sorted(int(path.stem, 16) for path in spool_files(library.layout))
    assert left == [9, 10, 11, 42, 43, 88]


def test_a_spool_on_another_disk_is_emptied_and_searched(library: Library, tmp_path: Path) -> None:
    refused = RefusedFiles(library.layout.spool_rejects, library.privacy)
    library.layout.spool.mkdir()
    (tmp_path / "disk").mkdir()
    library.layout.spool_rejects.symlink_to(tmp_path / "disk")
    mine = {"PatientID": A, "IssuerOfPatientID": "KIS"}
    refused.keep(write_dicom(tmp_path / f"{41:064x}.dcm", 41, **mine))
    before = library.erase_patient(A).scanned_files
    assert list((tmp_path / "disk").iterdir()) == []
    (tmp_path / "disk" / "stray").write_text("x")
    fill(library)
    assert library.erase_patient(A).scanned_files > before


# -- the proof can fail --------------------------------------------------------------------------


def _pseudonym(library: Library, plan: Plan) -> bytes:
    return next(iter(plan.patients)).encode()


def _image(library: Library, plan: Plan) -> bytes:
    return next(iter(plan.images)).encode()


PLANTED: dict[str, Callable[[Library, Plan], bytes]] = {
    "pseudonym": _pseudonym,
    "image": _image,
    "image in 16 bytes": lambda library, plan: uuid.UUID(_image(library, plan).decode()).bytes,
    "item": lambda _, plan: next(iter(plan.keys)).encode(),
    "content": lambda _, plan: next(iter(plan.thumbnails)).encode(),
    **{  # of a picture that nobody else has
        form: lambda _, plan, place=place: vector_forms([*plan.vectors.values()][-1])[place]
        for place, form in enumerate(("float32", "float16", "CBOR"))
    },
}


@pytest.fixture
def erased(library: Library, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """What was erased from `library`; the library stays open."""
    fill(library)
    plans: list[Plan] = []
    write = erase.write_plan
    monkeypatch.setattr(
        erase, "write_plan", lambda layout, plan: (plans.append(plan), write(layout, plan))
    )
    assert library.erase_patient(A).found == 0
    return plans[0]


def found(library: Library, plan: Plan) -> int:
    return prove(library, plan, lambda _done, _total: None).found


def test_the_proof_finds_what_is_planted(library: Library, erased: Plan) -> None:
    assert found(library, erased) == 0
    for name, plant in PLANTED.items():
        stray = library.layout.root / "stray"
        stray.write_bytes(bytes(99) + plant(library, erased) + b"more")
        assert found(library, erased) == 1, name
        stray.unlink()
    stray = library.layout.root / f"{next(iter(erased.patients))}.txt"
    stray.touch()
    assert found(library, erased) == 1
    stray.unlink()
    with closing(sqlite3.connect(library.layout.catalog)) as connection, connection:
        row = (next(iter(erased.images)), b"sealed")
        connection.execute("INSERT INTO identities VALUES (?, ?)", row)
    assert found(library, erased) >= 2  # by its bytes, and by its row


def test_the_proof_reads_what_parts_and_indexes_compress(library: Library, erased: Plan) -> None:
    ((fingerprint, image), vector), *_ = erased.vectors.items()
    folder = library.layout.embeddings(fingerprint)
    part = library.catalog.parts(fingerprint)[0]
    chunk = read_part(folder / part.name)
    added = EmbeddingChunk((*chunk.ids, image), np.concatenate([chunk.vectors, vector[None]]))
    file = write_part(folder, added, {})
    (folder / file.name).replace(folder / part.name)
    assert found(library, erased) > 0


@pytest.mark.parametrize("step", ["erase_from_indexes", "_remove_files", "erasing.scrub"])
def test_the_proof_notices_a_step_that_does_nothing(
    library: Library, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    fill(library, index=step == "erase_from_indexes")
    with monkeypatch.context() as patched:
        patched.setattr(f"radalike.library.erasure.erase.{step}", lambda *_: None)
        report = library.erase_patient(A)
    assert report.found > 0
    assert read_plan(library.layout) is not None
    again = library.erase_patient(A)
    assert replace(again, scanned_files=0) == replace(report, scanned_files=0, found=0)
    assert_sound(library)

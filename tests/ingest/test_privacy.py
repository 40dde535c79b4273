"""Identifiers that are planted in a PACS export are found nowhere afterwards."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from radalike.index import generations
from radalike.index.backend import IndexSpec
from radalike.index.edge import EdgeIndex
from radalike.library import Library
from radalike.records import Metadata
from tests.ingest.command_line import LIGHT, Finished, radalike
from tests.ingest.conftest import OpenLibrary
from tests.ingest.files import ROOT_UID, picture, write_dicom, write_png
from tests.ingest.runs import ingest_folder, ingest_manifest, part_ids

_UID = "1.2.826.0.1.3680043.2.7777"
PLANTED: dict[str, str] = {
    "PatientName": "ZELENKA^QUIRIN",
    "PatientID": "MRN-88172635",
    "OtherPatientNames": "ZELENKOVA^QUIRINA",
    "PatientBirthDate": "19530417",
    "PatientBirthTime": "031415",
    "PatientAddress": "17 Quastenweg, Oberdorla",
    "PatientTelephoneNumbers": "+49-36028-81726",
    "PatientMotherBirthName": "VOGELSANGER",
    "PatientComments": "wears a pacemaker by Kwisatz",
    "AccessionNumber": "ACC-5550198",
    "StudyID": "STID-31415",
    "StudyInstanceUID": f"{_UID}.1",
    "SeriesInstanceUID": f"{_UID}.2",
    "SOPInstanceUID": f"{_UID}.3",
    "FrameOfReferenceUID": f"{_UID}.4",
    "StudyDate": "20170923",
    "SeriesDate": "20170924",
    "AcquisitionDate": "20170925",
    "ContentDate": "20170926",
    "StudyTime": "112358.13",
    "InstitutionName": "Klinikum Quellental",
    "InstitutionAddress": "Am Quellental 3",
    "InstitutionalDepartmentName": "Abteilung Xylo",
    "StationName": "CTSTATION-Q7",
    "DeviceSerialNumber": "SN-0918273645",
    "ReferringPhysicianName": "WYZLINSKI^OTTOKAR",
    "PerformingPhysicianName": "YBARRA^NEPOMUK",
    "OperatorsName": "XANTHOPOULOS^IDA",
    "StudyDescription": "CT chest for Mr Zelenka",
    "SeriesDescription": "lung QQ-protocol 4711",
    "ProtocolName": "QUASTEN_THORAX_V9",
    "RequestedProcedureDescription": "suspected Quastenfieber",
    "IssuerOfPatientID": "QUELLENTAL-KIS",
    "ImageComments": "call 0170-5550199",
}
_IN_PATHS = ("ZELENKA_QUIRIN_1953", "Quellental-Archiv", "MRN-99001122")
_WORDS = ("zelenka", "quirin", "quellental", "quasten")
NEEDLES = tuple({*PLANTED.values(), *_IN_PATHS, *_WORDS, _UID})


@dataclass(frozen=True)
class Archive:
    library: Path
    outputs: tuple[Finished, ...]
    located: Finished


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """A library of an export with planted identifiers, and all that the commands said."""
    folder = tmp_path_factory.mktemp("privacy")
    export = folder / "export" / "Quellental-Archiv"
    patient = export / "ZELENKA_QUIRIN_1953"
    write_dicom(patient / "IM0001", 1, **PLANTED)
    second = write_dicom(patient / "IM0002", 2, **PLANTED | {"SOPInstanceUID": f"{_UID}.9"})
    cut = write_dicom(patient / "IM0003.dcm", 3, **PLANTED | {"SOPInstanceUID": f"{_UID}.10"})
    cut.write_bytes(cut.read_bytes()[:-1000])
    write_dicom(patient / "IM0004", 4, **PLANTED)  # the first's identity with other pixels
    write_png(export / "MRN-99001122" / "photo.png", 5)
    (patient / "MRN-99001122.png").write_text("no picture of ZELENKA^QUIRIN")
    (patient / "letter.txt").write_text("Dear Mr Zelenka")

    library = folder / "library"
    at = ("--library", library)
    query = folder / "query.dcm"
    shutil.copy(second, query)
    outputs = [radalike("ingest", export, *at, command=LIGHT)]
    with Library.open(library) as opened:
        image = part_ids(opened)[0]
    outputs += [
        radalike("ingest", export, *at, "--json", command=LIGHT),
        radalike("search", query, *at, command=LIGHT),
        radalike("search", image, *at, "--json", command=LIGHT),
        *(
            radalike(name, *at, *options, command=LIGHT)
            for name in ("status", "rejects")
            for options in ((), ("--json",))
        ),
    ]
    item = radalike("rejects", *at, "--json", command=LIGHT).json[0]["item"]
    return Archive(library, tuple(outputs), radalike("locate", item, *at, command=LIGHT))


def test_it_was_ingested_and_answers(archive: Archive) -> None:
    assert {output.code for output in archive.outputs} == {0}, archive.outputs
    with Library.open(archive.library) as library:
        assert library.catalog.totals() == {"images": 3, "duplicates": 0, "rejected": 3}


def test_no_file_of_the_library_holds_an_identifier(archive: Archive) -> None:
    files = [path for path in archive.library.rglob("*") if path.is_file()]
    assert {"catalog.sqlite", "key", "library.toml"} <= {path.name for path in files}
    assert any(path.suffix == ".parquet" for path in files)
    assert any(path.suffix == ".jpg" for path in files)
    assert any("payload_storage" in str(path) for path in files)
    for path in files:
        content = _written(path).lower()
        for needle in NEEDLES:
            for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
                assert needle.lower().encode(encoding) not in content, (path.name, needle)
            assert needle.lower() not in str(path.relative_to(archive.library)).lower()


def _written(path: Path) -> bytes:
    """The file without its blocks of zeros: the index reserves tens of megabytes of them."""
    with path.open("rb") as file:
        blocks = iter(lambda: file.read(4096), b"")
        return b"".join(block for block in blocks if block.strip(b"\0"))


def test_no_identifier_is_hidden_by_the_index_s_compression(archive: Archive) -> None:
    with Library.open(archive.library) as library:
        folder = generations.current(library.layout.index(library.fingerprint))
        assert folder is not None
        index = EdgeIndex.open(folder, IndexSpec(library.spec.dimension, library.fingerprint))
        try:
            points = list(index.scroll())
        finally:
            index.close()
    assert sum(len(page.ids) for page in points) == 3
    text = repr([page.payloads for page in points]).lower()
    assert not [needle for needle in NEEDLES if needle.lower() in text]


def test_no_identifier_is_hidden_by_the_catalog_s_types(archive: Archive) -> None:
    with Library.open(archive.library) as library:
        records = library.catalog.records(part_ids(library))
        text = repr((records, library.catalog.rejects())).lower()
    assert not [needle for needle in NEEDLES if needle.lower() in text]


def test_no_command_prints_an_identifier(archive: Archive) -> None:
    for output in archive.outputs:
        text = (output.out + output.err).lower()
        assert not [needle for needle in NEEDLES if needle.lower() in text], output


def test_only_locate_shows_where_it_was(archive: Archive) -> None:
    assert "Quellental-Archiv" in archive.located.out
    with Library.open(archive.library) as library:
        located = [
            library.locate(record) or ""
            for record in library.catalog.records(part_ids(library)).values()
        ]
    assert all(path.startswith("file:") and "Quellental-Archiv" in path for path in located)


def test_what_may_be_kept_is_kept(archive: Archive) -> None:
    with Library.open(archive.library) as library:
        metadata = [each for _, each in library.catalog.metadata() if each.modality.value == "CT"]
    assert len(metadata) == 2
    assert {each.anatomy.value for each in metadata} == {"chest"}
    assert {each.year for each in metadata} == {2017}


# -- pseudonyms group what belongs together -------------------------------------------------------


def _grouped(
    library: Library, root: Path, instances: list[dict[str, str | None]]
) -> list[Metadata]:
    """The stored metadata of instances with these attributes, in their order."""
    for number, attributes in enumerate(instances):
        write_dicom(root / f"IM{number:03}", picture(number), **attributes)
    assert ingest_folder(library, root).added == len(instances)
    by_path = {
        library.locate(record): record.metadata
        for record in library.catalog.records(part_ids(library)).values()
    }
    return [by_path[f"file:{root}/IM{number:03}"] for number in range(len(instances))]


def test_patients_studies_and_series_are_grouped_as_they_were(
    library: Library, tmp_path: Path
) -> None:
    def instance(patient: str, study: str, series: str) -> dict[str, str | None]:
        return {
            "PatientID": patient,
            "StudyInstanceUID": f"{ROOT_UID}.{study}",
            "SeriesInstanceUID": f"{ROOT_UID}.{study}.{series}",
        }

    wanted = [("A", "1", "1"), ("A", "1", "1"), ("A", "1", "2"), ("A", "2", "1"), ("B", "3", "1")]
    stored = _grouped(library, tmp_path / "export", [instance(*each) for each in wanted])
    for first, a in zip(wanted, stored, strict=True):
        for second, b in zip(wanted, stored, strict=True):
            assert (a.patient == b.patient) == (first[0] == second[0])
            assert (a.study == b.study) == (first[1] == second[1])
            assert (a.series == b.series) == (first[1:] == second[1:])
    assert len({stored[0].patient, stored[0].study, stored[0].series}) == 3


def test_one_number_of_two_issuers_is_two_patients(library: Library, tmp_path: Path) -> None:
    a, b, c = _grouped(
        library,
        tmp_path / "export",
        [
            {"PatientID": "7", "IssuerOfPatientID": "ONE"},
            {"PatientID": "7", "IssuerOfPatientID": "TWO"},
            {"PatientID": "7", "IssuerOfPatientID": "ONE"},
        ],
    )
    assert a.patient == c.patient != b.patient


@pytest.mark.parametrize("missing", [None, "", "  "])
def test_without_a_patient_the_study_stands_for_it(
    library: Library, tmp_path: Path, missing: str | None
) -> None:
    a, b, other, nameless = _grouped(
        library,
        tmp_path / "export",
        [
            {"PatientID": missing, "StudyInstanceUID": f"{ROOT_UID}.1"},
            {"PatientID": missing, "StudyInstanceUID": f"{ROOT_UID}.1"},
            {"PatientID": missing, "StudyInstanceUID": f"{ROOT_UID}.2"},
            {"PatientID": missing, "StudyInstanceUID": None, "SeriesInstanceUID": None},
        ],
    )
    assert a.patient is not None
    assert a.patient == b.patient != other.patient
    assert a.patient != a.study
    assert (nameless.patient, nameless.study, nameless.series) == (None, None, None)


def test_two_libraries_give_one_patient_two_pseudonyms(
    open_library: OpenLibrary, tmp_path: Path
) -> None:
    write_dicom(tmp_path / "export" / "IM1", 1, PatientID="A")
    found = []
    for name in ("one", "two"):
        library = open_library(name)
        ingest_folder(library, tmp_path / "export")
        (image,) = part_ids(library)
        found.append((image, library.get(image).metadata.patient))
    assert found[0][0] != found[1][0]
    assert found[0][1] != found[1][1]


def test_patients_of_a_manifest_are_pseudonyms_within_their_data_set(
    library: Library, tmp_path: Path
) -> None:
    root = tmp_path / "images"
    for number in range(3):
        write_png(root / f"{number}.png", number)
    manifest_row = "{}.png,{},train,CT,chest,PATIENT-0042"
    rows = [manifest_row.format(number, name) for number, name in enumerate(("a", "a", "b"))]
    assert ingest_manifest(library, root, rows, "patient").added == 3
    records = library.catalog.records(part_ids(library)).values()
    by_path = {record.filepath: record.metadata.patient for record in records}
    assert by_path["0.png"] == by_path["1.png"] != by_path["2.png"]
    assert "PATIENT-0042" not in str(by_path)

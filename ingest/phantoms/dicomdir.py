"""The DICOMDIR of a file set: its directory of patients, studies, series and images (PS3.3 F)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby, zip_longest
from pathlib import Path

from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import UID, MediaStorageDirectoryStorage

from ingest.phantoms.dicom import file_meta

_STUDY = (
    "StudyDate",
    "StudyTime",
    "StudyDescription",
    "StudyInstanceUID",
    "StudyID",
    "AccessionNumber",
)

_LEVELS = (
    ("PATIENT", "PatientID", ("PatientName", "PatientID")),
    ("STUDY", "StudyInstanceUID", _STUDY),
    ("SERIES", "SeriesInstanceUID", ("Modality", "SeriesInstanceUID", "SeriesNumber")),
)
"""Record type, the key that tells one from the next, and the attributes that it copies."""

_IN_USE = 0xFFFF


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the set: the components of its path, its transfer syntax and its attributes."""

    file_id: tuple[str, ...]
    transfer_syntax: UID
    header: Dataset


@dataclass(frozen=True, slots=True)
class _Node:
    record: Dataset
    children: Sequence[_Node] = ()


def write_dicomdir(path: Path, entries: Sequence[Entry], uid: UID) -> None:
    """Write the directory of `entries`, in which the files of a patient, a study and a series
    follow each other; `uid` names the file set."""
    roots = _siblings(entries, 0)
    nodes = list(_preorder(roots))
    directory = Dataset()
    directory.file_meta = file_meta(MediaStorageDirectoryStorage, uid)
    directory.FileSetID = "SYNTHETIC"
    directory.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = 0
    directory.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity = 0
    directory.FileSetConsistencyFlag = 0
    directory.DirectoryRecordSequence = DicomSequence([node.record for node in nodes])
    # Offsets have a fixed length, so where the records lie does not depend on their values.
    places = {id(node): place for node, place in zip(nodes, _item_offsets(directory), strict=True)}
    _link(roots, places)
    first, last = places[id(roots[0])], places[id(roots[-1])]
    directory.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = first
    directory.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity = last
    dcmwrite(path, directory, enforce_file_format=True)


def _siblings(entries: Sequence[Entry], level: int) -> list[_Node]:
    if level == len(_LEVELS):
        return [_Node(_image_record(entry)) for entry in entries]
    kind, key, keywords = _LEVELS[level]
    nodes = []
    for _, members in groupby(entries, lambda entry: entry.header[key].value):
        group = list(members)
        record = _record(kind)
        for keyword in keywords:
            setattr(record, keyword, group[0].header[keyword].value)
        nodes.append(_Node(record, _siblings(group, level + 1)))
    return nodes


def _record(kind: str) -> Dataset:
    record = Dataset()
    record.OffsetOfTheNextDirectoryRecord = 0
    record.RecordInUseFlag = _IN_USE
    record.OffsetOfReferencedLowerLevelDirectoryEntity = 0
    record.DirectoryRecordType = kind
    return record


def _image_record(entry: Entry) -> Dataset:
    record = _record("IMAGE")
    record.ReferencedFileID = list(entry.file_id)
    record.ReferencedSOPClassUIDInFile = entry.header.SOPClassUID
    record.ReferencedSOPInstanceUIDInFile = entry.header.SOPInstanceUID
    record.ReferencedTransferSyntaxUIDInFile = entry.transfer_syntax
    record.InstanceNumber = entry.header.InstanceNumber
    return record


def _preorder(nodes: Sequence[_Node]) -> Iterator[_Node]:
    for node in nodes:
        yield node
        yield from _preorder(node.children)


def _item_offsets(directory: Dataset) -> list[int]:
    """Where each record begins, in bytes from the start of the file."""
    buffer = BytesIO()
    dcmwrite(buffer, directory, enforce_file_format=True)
    buffer.seek(0)
    return [item.seq_item_tell for item in dcmread(buffer).DirectoryRecordSequence]


def _link(siblings: Sequence[_Node], places: Mapping[int, int]) -> None:
    for node, following in zip_longest(siblings, siblings[1:]):
        if following is not None:
            node.record.OffsetOfTheNextDirectoryRecord = places[id(following)]
        if node.children:
            lower = places[id(node.children[0])]
            node.record.OffsetOfReferencedLowerLevelDirectoryEntity = lower
            _link(node.children, places)

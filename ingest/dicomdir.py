"""How complete a DICOM file set is, by its DICOMDIR (PS3.10 8, PS3.3 F): listed, found, missing.

A check only: what is ingested is the tree itself, by content. pydicom's FileSet is not used, since
it drops missing files in silence and one bad reference rejects the whole set.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.sources.folder import FolderSource
from ingest.sources.regular_file import open_regular
from radalike.errors import ImageRejected, RadalikeError, RejectCode, UsageError

MAX_BYTES = 128 * 1024**2
"""Of a DICOMDIR: some 300,000 records."""

_NAMED = 20  # of the files that are missing, and as many that are outside
_COMPONENT = re.compile(r"[A-Z0-9_]{1,8}")  # PS3.10 8.5 and 8.6
_MOST_COMPONENTS = 8
_ENDING = re.compile(r"\.?(;1)?$")  # what ISO 9660 adds to a name
_IN_USE = 0xFFFF  # PS3.3 F.3.2.2
_WITHOUT_FILE = frozenset(
    {"PATIENT", "STUDY", "SERIES", "PRIVATE", "VISIT", "RESULTS", "INTERPRETATION", "TOPIC"}
    | {"STUDY COMPONENT"}
)
"""Types of records that may refer to no file (PS3.3 F.5; some are retired)."""

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_CLASS = b"1.2.840.10008.1.3.10"  # Media Storage Directory Storage (PS3.4 B.5)
_HEAD_BYTES = 1024

FileId = tuple[str, ...]
"""The components of a ReferencedFileID."""


@dataclass(frozen=True, slots=True)
class DicomdirReport:
    """Files by what the directory and the tree say of them; listed = found + missing + outside.

    outside: references that lead out of the folder of the DICOMDIR. inactive: records that are no
    longer in use. unlisted: other files of the tree; unlisted_dicom: of those, DICOM by content.
    unreadable: folders and files of the tree that could not be looked at. records_missing: places
    in the DICOMDIR where a record should be and no whole one is: it is cut short, or damaged.
    missing_names, outside_names: the first few, those that are of the standard's form only.
    """

    listed: int
    found: int
    missing: int
    outside: int
    inactive: int
    unlisted: int
    unlisted_dicom: int
    unreadable: int
    records_missing: int
    missing_names: tuple[str, ...]
    outside_names: tuple[str, ...]

    @property
    def complete(self) -> bool:
        return self.missing == self.outside == self.records_missing == 0

    def as_json(self) -> dict[str, Any]:
        return {"complete": self.complete, **asdict(self)}

    def sentences(self) -> list[str]:
        """The report in words."""
        listed = (
            f"{self.listed:,} files listed: {self.found:,} found, {self.missing:,} missing, "
            f"{self.outside:,} outside the folder."
        )
        others = (
            f"{self.unlisted:,} other files in the tree, {self.unlisted_dicom:,} of them DICOM."
        )
        lines = [listed, others]
        for word, count, names in (
            ("Missing", self.missing, self.missing_names),
            ("Outside", self.outside, self.outside_names),
        ):
            if names:
                rest = f", and {count - len(names):,} more" if count > len(names) else ""
                lines.append(f"{word}: {', '.join(names)}{rest}.")
        if self.records_missing:
            lines.append(
                f"{self.records_missing:,} records of the DICOMDIR are not there, or not whole: it "
                "is cut short or damaged, and may list fewer files than it should."
            )
        if self.unreadable:
            lines.append(f"{self.unreadable:,} folders or files could not be looked at.")
        return lines


def is_dicomdir(path: Path) -> bool:
    """Whether the file `path` is the directory of a medium: by its name (PS3.10 8.6), and by the
    class that its file meta information says; what cannot be read is none."""
    if path.name.upper() != "DICOMDIR":
        return False
    try:
        with open_regular(path) as file:
            return _CLASS in file.read(_HEAD_BYTES)
    except (ImageRejected, OSError):
        return False


def check_dicomdir(
    path: Path, progress: Callable[[int], None] = lambda _files: None
) -> DicomdirReport:
    """Compare the DICOMDIR at `path`, or in the folder `path`, with the files around it.

    progress: is given the number of files of the tree so far.
    Raises UsageError when there is none, RadalikeError when it cannot be read.
    """
    directory = _directory_file(path)
    root = directory.parent.resolve()
    listed, inactive, records_missing = _references(directory)
    states = [(each, _state(root, each)) for each in listed]
    found = {str(root.joinpath(*each)) for each, state in states if state == "found"}
    missing = [each for each, state in states if state == "missing"]
    outside = [each for each, state in states if state == "outside"]
    sought = {_as_listed(each) for each in missing}
    met = set[FileId]()
    unlisted = unlisted_dicom = unreadable = 0
    for number, item in enumerate(FolderSource(root, "").items(), 1):
        progress(number)
        file = item.content
        if item.problem is not None:
            unreadable += item.problem.code is not RejectCode.PATH_ESCAPE
        elif isinstance(file, Path) and str(file) not in found and file != root / directory.name:
            name = _as_listed(file.relative_to(root).parts)
            if name in sought:  # copied from a disc that writes names otherwise
                met.add(name)
            else:
                unlisted += 1
                unlisted_dicom += _is_dicom(file)
    missing = [each for each in missing if _as_listed(each) not in met]
    return DicomdirReport(
        listed=len(listed),
        found=len(listed) - len(missing) - len(outside),
        missing=len(missing),
        outside=len(outside),
        inactive=inactive,
        unlisted=unlisted,
        unlisted_dicom=unlisted_dicom,
        unreadable=unreadable,
        records_missing=records_missing,
        missing_names=_shown(missing),
        outside_names=_shown(outside),
    )


def _directory_file(path: Path) -> Path:
    candidates = [path] if not path.is_dir() else [path / "DICOMDIR", path / "dicomdir"]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise UsageError(
        f"there is no DICOMDIR at {path}", hint="give the DICOMDIR, or the folder it lies in"
    )


def _references(directory: Path) -> tuple[list[FileId], int, int]:
    """(the different files that records in use refer to, the number of records not in use, and of
    records that others refer to and that are not there)."""
    from radalike.imaging.dicom.errors import dicom_errors
    from radalike.imaging.dicom.gates import parse_dicom

    try:
        with open_regular(directory) as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ImageRejected(RejectCode.RESOURCE_LIMIT, "it is larger than 128 MiB")
        with warnings.catch_warnings(), dicom_errors():
            warnings.simplefilter("ignore")  # they quote values
            dataset = parse_dicom(data)
            records = dataset.get("DirectoryRecordSequence")
            if records is None:
                raise ImageRejected(RejectCode.TRUNCATED, "it holds no directory, or is cut short")
            used = [record for record in records if _in_use(record)]
            references = filter(None, map(_reference, used))
            inactive, absent = len(records) - len(used), _records_missing(dataset, records)
            return list(dict.fromkeys(references)), inactive, absent
    except (ImageRejected, OSError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else exc
        raise RadalikeError(
            f"the DICOMDIR cannot be read: {reason}",
            hint="ingest the folder itself: it is walked by content, without the DICOMDIR",
        ) from exc


def _records_missing(dataset: Dataset, records: Sequence[Dataset]) -> int:
    """How many places that offsets name (PS3.3 F.3.2.2, bytes from the file's beginning) hold no
    record, or one that ends before it says what it is of."""
    named = {
        _offset(dataset, "OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity"),
        _offset(dataset, "OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity"),
    }
    for record in records:
        named.add(_offset(record, "OffsetOfTheNextDirectoryRecord"))
        named.add(_offset(record, "OffsetOfReferencedLowerLevelDirectoryEntity"))
    whole = {record.seq_item_tell for record in records if _is_whole(record)}
    cut = {record.seq_item_tell for record in records} - whole
    return len((named | cut) - {0} - whole)


def _is_whole(record: Dataset) -> bool:
    """By its type (0004,1430), which every record has, and the file behind it."""
    kind = str(record.get("DirectoryRecordType") or "")
    return kind in _WITHOUT_FILE or (bool(kind) and "ReferencedFileID" in record)


def _offset(dataset: Dataset, keyword: str) -> int:
    """0 for none, or for what is no number."""
    try:
        return int(dataset.get(keyword) or 0)
    except (ValueError, TypeError, LookupError, NotImplementedError):
        return 0


def _in_use(record: Dataset) -> bool:
    try:
        return int(record.get("RecordInUseFlag", _IN_USE)) != 0
    except (ValueError, TypeError):
        return True


def _reference(record: Dataset) -> FileId | None:
    """What a record refers to, None when it refers to no file."""
    if "ReferencedFileID" not in record:
        return None
    try:
        value = record["ReferencedFileID"].value
    except (ValueError, TypeError, LookupError, NotImplementedError):
        return ("",)  # unreadable: a file that cannot be found
    parts = [value] if isinstance(value, str) or value is None else value
    return tuple(str(part or "") for part in parts)


def _state(root: Path, file_id: FileId) -> str:
    """`found`, `missing` or `outside`."""
    parts = [part for component in file_id for part in re.split(r"[/\\]", component)]
    if ".." in parts or any(re.match(r"[/\\]|[A-Za-z]:", each) for each in file_id):
        return "outside"
    try:
        place = root.joinpath(*file_id).resolve()
        if not place.is_relative_to(root):
            return "outside"
        return "found" if place.is_file() else "missing"
    except (OSError, ValueError, RuntimeError):  # a name that no file can have, links in a circle
        return "missing"


def _as_listed(names: Iterable[str]) -> FileId:
    """Names of a tree as a directory would list them: discs change case and add endings."""
    return tuple(_ENDING.sub("", name).upper() for name in names)


def _is_dicom(path: Path) -> bool:
    try:
        with open_regular(path) as file:
            return file.read(132)[128:] == b"DICM"
    except (ImageRejected, OSError):
        return False


def _shown(file_ids: list[FileId]) -> tuple[str, ...]:
    """The first few of the standard's form: others could hold anything, a name of a person too."""
    standard = (
        "/".join(each)
        for each in file_ids
        if len(each) <= _MOST_COMPONENTS and all(map(_COMPONENT.fullmatch, each))
    )
    return tuple(name for name, _ in zip(standard, range(_NAMED), strict=False))

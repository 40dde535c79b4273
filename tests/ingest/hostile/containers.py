"""What leads out of a source, never ends, or holds more than it can: links, pipes, archives."""

from __future__ import annotations

import os
import struct
import zipfile
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from tests.ingest.hostile.instances import whole
from tests.radalike.imaging.dicom.datasets import encoded

GOOD_MEMBER = "good.dcm"
_LARGE = 64 << 20


def outside(path: Path) -> Path:
    """A folder beside the source that `path` (two folders down in it) is planted in."""
    folder = path.parents[2] / "outside"
    folder.mkdir(exist_ok=True)
    return folder


def directory_that_climbs(path: Path) -> None:
    """A DICOMDIR that names a file beside the source."""
    (outside(path) / "LISTED").write_bytes(whole("listed by a DICOMDIR"))
    record = Dataset()
    record.OffsetOfTheNextDirectoryRecord = record.OffsetOfReferencedLowerLevelDirectoryEntity = 0
    record.RecordInUseFlag = 0xFFFF
    record.DirectoryRecordType = "IMAGE"
    record.ReferencedFileID = ["XX", "YY", "OUTSIDE", "LISTED"]
    directory = Dataset()
    directory.file_meta = FileMetaDataset()
    directory.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    directory.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    directory.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    directory.FileSetID = "EXPORT"
    directory.DirectoryRecordSequence = Sequence([record])
    path.write_bytes(encoded(directory).replace(rb"XX\YY\OUTSIDE", rb"..\..\outside"))


def link_out(path: Path) -> None:
    target = outside(path) / "linked.dcm"
    target.write_bytes(whole("linked from inside"))
    path.symlink_to(target)


def pipe(path: Path) -> None:
    """Opening it waits for a writer that never comes."""
    os.mkfifo(path)


def _archive(path: Path, members: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr(GOOD_MEMBER, whole(f"beside in {path.parent.name}"))


def climbing_member(path: Path) -> None:
    _archive(path, {"../../evil.dcm": whole("zip slip")})


def absolute_member(path: Path) -> None:
    _archive(path, {"/tmp/evil.dcm": whole("zip absolute")})


def drive_member(path: Path) -> None:
    _archive(path, {"C:\\evil.dcm": whole("zip drive")})


def bomb(path: Path) -> None:
    """A member of 64 MiB in 64 kB."""
    _archive(path, {"bomb.dcm": whole("zip bomb") + bytes(_LARGE)})


def lying_member(path: Path) -> None:
    """A member that is 64 MiB by its content and 4 kB by its header."""
    _archive(path, {"lying.dcm": whole("zip lying") + bytes(_LARGE)})
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = struct.pack("<I", archive.getinfo("lying.dcm").file_size)
    path.write_bytes(data.replace(size, struct.pack("<I", 4096)))


def nested_archive(path: Path) -> None:
    inner = path.with_name("inner.zip")
    _archive(inner, {})
    _archive(path, {"inner.zip": inner.read_bytes()}, zipfile.ZIP_STORED)
    inner.unlink()


def truncated_archive(path: Path) -> None:
    """Without its central directory, as a broken download leaves it."""
    _archive(path, {f"{number}.dcm": whole(f"truncated {number}") for number in range(4)})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def corrupt_member(path: Path) -> None:
    """A member whose content is not what its checksum says."""
    content = whole("zip corrupt")
    _archive(path, {"corrupt.dcm": content}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[data.index(content[200:260]) + 2000] ^= 0xFF
    path.write_bytes(bytes(data))


def encrypted_member(path: Path) -> None:
    """A member whose flags (APPNOTE 4.4.4) say that it is encrypted."""
    _archive(path, {"secret.dcm": whole("zip encrypted")})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    central = data.index(b"PK\x01\x02")
    data[central + 8] |= 1
    path.write_bytes(bytes(data))

"""A weight file inside a ZIP file, as some authors publish theirs."""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from radalike.encoders.file_hashes import sha256_of
from radalike.encoders.store import StoredFile
from radalike.errors import WeightsMismatch
from radalike.storage import storage_errors

_MOST_BYTES = 64 << 30  # of one weight file


def extract(archive: Path, name: str, target: Path, source: str) -> StoredFile:
    """The member of `archive` whose file name is `name`, as the file `target`.

    Raises WeightsMismatch when there is none, or several, or it is damaged; StorageFull.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            found = [
                each for each in opened.infolist() if PurePosixPath(each.filename).name == name
            ]
            if len(found) != 1 or found[0].file_size > _MOST_BYTES:
                raise _unusable(archive, f"holds {len(found)} files {name}, and should hold one")
            with storage_errors():
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(found[0]) as inside, target.open("wb") as file:
                    shutil.copyfileobj(inside, file, 1 << 20)
                    file.flush()
                    os.fsync(file.fileno())
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError) as exc:
        raise _unusable(archive, f"is no ZIP file, or a damaged one ({exc!s:.80})") from exc
    return StoredFile(name, target.stat().st_size, sha256_of(target), source)


def _unusable(archive: Path, how: str) -> WeightsMismatch:
    return WeightsMismatch(
        f"{archive.name} {how}", hint="fetch it again; if it stays so, it was replaced there"
    )

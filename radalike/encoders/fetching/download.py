"""One file over HTTP, resumable, its hash checked as it comes."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

from radalike.encoders.store import StoredFile
from radalike.errors import WeightsMismatch, WeightsMissing
from radalike.storage import storage_errors

_TIMEOUT = (10.0, 60.0)  # seconds: to connect, and between two pieces of data
_ATTEMPTS = 5  # that bring nothing new; one that brings something is not counted
_CHUNK = 1 << 16  # bytes: less than one is lost when a connection is cut
_PASSING = (408, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Remote:
    """One file that is to be fetched.

    name: in the store. size: bytes, None where it is not known. sha256: hex, of the content.
    git: SHA-1 (hex) as git computes it of the content, which a hub says of its small files.
    source: what the manifest says of where it came from.
    """

    name: str
    url: str
    source: str
    size: int | None = None
    sha256: str | None = None
    git: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class _Cut(Exception):
    """The connection ended before the file did."""


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a file is while it comes; `version` says which version of it the part is of."""

    whole: Path
    part: Path
    version: Path

    @property
    def here(self) -> int:
        """Bytes of the part."""
        return self.part.stat().st_size if self.part.is_file() else 0


def _places(folder: Path, name: str) -> _Places:
    places = _Places(folder / "whole" / name, folder / "part" / name, folder / "version" / name)
    with storage_errors():
        for path in (places.whole, places.part, places.version):
            path.parent.mkdir(parents=True, exist_ok=True)
    return places


def download(
    remote: Remote, folder: Path, progress: Callable[[int], None], *, pause: float = 1.0
) -> StoredFile:
    """`remote` in `folder`, whole and verified; a download that was cut short is continued.

    progress: gets the number of bytes that are here after each piece. pause: seconds before the
    first of several attempts, doubled for each next.
    Raises WeightsMismatch when the content is another, WeightsMissing when the server does not
    give it, StorageFull, requests.RequestException when the server cannot be reached.
    """
    places = _places(folder, remote.name)
    stored = None
    if places.whole.is_file():
        with suppress(WeightsMismatch):  # of an older version: it is fetched anew
            stored = _verified(remote, places.whole)
    if stored is None:
        _complete(remote, places, progress, pause)
        with places.part.open("rb") as file:
            os.fsync(file.fileno())
        places.part.replace(places.whole)
        stored = _verified(remote, places.whole)
    progress(stored.size)
    return stored


def _complete(
    remote: Remote, places: _Places, progress: Callable[[int], None], pause: float
) -> None:
    """Ask again, from where it was cut, for as long as that brings something."""
    failures = 0
    while True:
        before = places.here
        if before == remote.size and _known(remote):
            return
        try:
            _append(remote, places, progress)
        except (_Cut, requests.ConnectionError, requests.Timeout) as exc:
            failures = failures + 1 if places.here <= before else 0
            if failures >= _ATTEMPTS:
                raise requests.ConnectionError(str(exc)) from exc
            time.sleep(pause * 2**failures)
        else:
            return


def _append(remote: Remote, places: _Places, progress: Callable[[int], None]) -> None:
    """One request for what is missing."""
    start = places.here
    headers = {"Accept-Encoding": "identity", **remote.headers}
    if start and not _known(remote):
        version = places.version.read_text() if places.version.is_file() else ""
        start, headers = (start, {**headers, "If-Range": version}) if version else (0, headers)
    if start:
        headers["Range"] = f"bytes={start}-"
    with requests.get(remote.url, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            places.part.unlink(missing_ok=True)
            raise _Cut("what was here does not fit what the server has")
        if answer.status_code in _PASSING:
            raise _Cut(f"the server answers {answer.status_code}")
        _raise_for_status(remote, answer)
        resumed = answer.status_code == requests.codes.partial_content
        if resumed and not answer.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            places.part.unlink(missing_ok=True)
            raise _Cut("the server gave another part than was asked for")
        if not resumed:
            start = 0
            _note_version(places.version, answer)
        _write(remote, answer, places.part, start, progress)


def _known(remote: Remote) -> bool:
    """Whether a hash tells in the end that two parts are of the same version."""
    return remote.sha256 is not None or remote.git is not None


def _write(
    remote: Remote,
    answer: requests.Response,
    part: Path,
    start: int,
    progress: Callable[[int], None],
) -> None:
    length = answer.headers.get("Content-Length")
    expected = start + int(length) if length is not None else remote.size
    here = start
    with storage_errors(), part.open("r+b" if start else "wb") as file:
        file.seek(start)
        try:
            for piece in answer.iter_content(_CHUNK):
                here += len(piece)
                if remote.size is not None and here > remote.size:
                    raise _other(remote, f"is larger than the {remote.size:,} bytes it should have")
                file.write(piece)
                progress(here)
        except requests.exceptions.ChunkedEncodingError as exc:
            raise _Cut("the connection was cut") from exc
    if expected is not None and here < expected:
        raise _Cut("the connection was cut")


def _verified(remote: Remote, path: Path) -> StoredFile:
    """Raises WeightsMismatch, and removes the file, when it is not what it should be."""
    size = path.stat().st_size
    sha256, git = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            sha256.update(piece)
            if remote.git is not None:
                git.update(piece)
    found = sha256.hexdigest()
    wrong_size = remote.size is not None and size != remote.size
    wrong_hash = remote.sha256 is not None and found != remote.sha256
    if wrong_size or wrong_hash or (remote.git is not None and git.hexdigest() != remote.git):
        path.unlink()
        expected = remote.sha256 or (f"git {remote.git}" if remote.git else f"{remote.size} bytes")
        raise _other(remote, f"came as another content: expected {expected}, SHA-256 is {found}")
    return StoredFile(remote.name, size, found, remote.source)


def _other(remote: Remote, how: str) -> WeightsMismatch:
    return WeightsMismatch(
        f"{remote.name} of {remote.source} {how}",
        hint="nothing was kept of it; try again, and if it stays so, something between here and "
        "the server changes what comes through, or the file was replaced there",
        file=remote.name,
    )


def _raise_for_status(remote: Remote, answer: requests.Response) -> None:
    if answer.ok:
        kind = answer.headers.get("Content-Type", "")
        if kind.startswith("text/html") and not remote.name.endswith((".html", ".md", ".txt")):
            raise WeightsMissing(f"{remote.source} is a web page, not a file of weights")
        return
    raise WeightsMissing(
        f"the server answers {answer.status_code} ({answer.reason}) for {remote.name} of "
        f"{remote.source}",
        status=answer.status_code,
    )


def _note_version(note: Path, answer: requests.Response) -> None:
    """What `If-Range` wants to hear (RFC 9110, section 13.1.5): a strong tag, or a date."""
    tag = answer.headers.get("ETag", "")
    with storage_errors():
        note.write_text(tag if tag.startswith('"') else answer.headers.get("Last-Modified", ""))

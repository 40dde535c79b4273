"""What is asked of a DICOMweb server: its studies, their instances, and the instances themselves.

Instances are kept as they are sent: the bytes go to files, and only a decoding process parses
them. (dicomweb-client, which lists here, would parse each in this process and hold it in memory,
whatever its size; by `retrieve_study` it holds all of a study.)
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from email.message import Message
from itertools import islice
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import quote

import requests
from dicomweb_client.api import DICOMwebClient

from ingest.sources.dicomweb.address import Address, Credentials
from ingest.sources.dicomweb.multipart import MultipartError, parts
from ingest.sources.dicomweb.session import TIMEOUT, open_session
from radalike.errors import ImageRejected, RadalikeError, RejectCode, SourceUnavailable, UsageError
from radalike.storage import storage_errors

MOST_INSTANCE_BYTES = 2 * 1024**3
_PAGE = 1000  # rows asked for at once
_CHUNK = 1 << 18
_TRIES = 2  # of one instance whose answer is cut short

# The stored encoding, whichever it is: a certain one would have the server transcode (PS3.18
# §8.7.3.5), and fail where it cannot.
_ACCEPT = 'multipart/related; type="application/dicom"; transfer-syntax=*'
_STUDY, _SERIES, _INSTANCE = "0020000D", "0020000E", "00080018"
_GONE = (404, 410)
_DENIED = (401, 403)

Row = Mapping[str, Any]


class ListingRefused(Exception):
    """The server answers, but not with a list; `status` is its HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class DicomwebServer:
    def __init__(self, address: Address, credentials: Credentials | None, stop: Event) -> None:
        self._address = address
        self._stop = stop
        self._session = open_session(credentials, stop)
        self._client = DICOMwebClient(
            address.base, session=self._session, timeout=TIMEOUT, permissive_uid=True
        )
        self._client.set_http_retry_params(retry=False)  # the session does it

    # -- listing: QIDO-RS (PS3.18 §10.6) -------------------------------------------------------

    def studies(self) -> Iterator[str | None]:
        """The UID of each study that matches the address's query; None for a row without one.

        A `limit` and an `offset` in the query are those of the whole list. Raises UsageError where
        access is denied, SourceUnavailable when the server cannot list.
        """
        query: dict[str, list[str]] = {}
        for name, value in self._address.query:
            query.setdefault(name, []).append(value)
        most = _whole_number(query.pop("limit", None), "limit")
        start = _whole_number(query.pop("offset", None), "offset") or 0

        def search(limit: int, offset: int) -> Any:
            return self._client.search_for_studies(
                limit=limit, offset=offset, additional_params=query
            )

        rows = _rows(search, lambda row: _uid(row, _STUDY), start)
        try:
            for row in islice(rows, most):
                yield _uid(row, _STUDY)
        except ListingRefused as exc:
            raise _refused(exc) from exc

    def instances(self, study: str) -> Iterator[tuple[str, str] | None]:
        """The UIDs of series and instance of all that `study` holds; None for a row without both.

        Raises ListingRefused, SourceUnavailable when the server cannot be reached.
        """

        def search(limit: int, offset: int) -> Any:
            return self._client.search_for_instances(study, limit=limit, offset=offset)

        def uids(row: Row) -> tuple[str, str] | None:
            series, instance = _uid(row, _SERIES), _uid(row, _INSTANCE)
            return (series, instance) if series and instance else None

        for row in _rows(search, uids, 0):
            yield uids(row)

    # -- retrieval: WADO-RS (PS3.18 §10.4) -----------------------------------------------------

    def study(self, study: str, folder: Path) -> Iterator[Path]:
        """The instances of `study`, one after another, each in a new file in `folder`.

        Raises requests.RequestException, MultipartError, ImageRejected (ResourceLimit), all of
        which end it; StorageFull.
        """
        return self._retrieved(_path_of(study), folder)

    def instance(self, study: str, series: str, instance: str, folder: Path) -> Path:
        """One instance in a new file in `folder`. Raises ImageRejected, StorageFull."""
        for _ in range(_TRIES):
            try:
                with closing(self._retrieved(_path_of(study, series, instance), folder)) as files:
                    file = next(files, None)
            except requests.HTTPError as exc:
                raise _not_given(exc) from exc
            except (requests.RequestException, MultipartError):
                continue
            if file is not None:
                return file
        raise ImageRejected(RejectCode.UNREADABLE, "the server did not send it whole")

    def _retrieved(self, path: str, folder: Path) -> Generator[Path]:
        url = f"{self._address.base}/{path}"
        with self._session.get(
            url, headers={"Accept": _ACCEPT}, stream=True, timeout=TIMEOUT
        ) as response:
            response.raise_for_status()
            for pieces in _contents(response):
                yield _written(self._until_stopped(pieces), folder)

    def _until_stopped(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            if self._stop.is_set():
                raise MultipartError("the ingest is ending")
            yield piece


def _rows(
    search: Callable[[int, int], Any], key: Callable[[Row], object], offset: int
) -> Iterator[Row]:
    """All rows, page after page, until one brings nothing new: servers may cap a page below what
    is asked for, or ignore the offset. Rows without a key come once for each page."""
    seen: set[int] = set()  # hashes, since an archive can have millions of studies
    while True:
        try:
            page = search(_PAGE, offset)
        except requests.HTTPError as exc:
            raise ListingRefused(_status(exc)) from exc
        except ValueError as exc:  # no JSON; requests' own is one, too
            raise ListingRefused(200) from exc
        except requests.RequestException as exc:
            raise _unreachable(exc) from exc
        if not isinstance(page, list) or not all(isinstance(row, dict) for row in page):
            raise ListingRefused(200)
        offset += len(page)
        something_new = False
        for row in page:
            identity = key(row)
            if identity is not None and hash(identity) in seen:
                continue
            something_new |= identity is not None
            seen.add(hash(identity))
            yield row
        if not something_new:
            return


def _uid(row: Row, tag: str) -> str | None:
    """A UID of the DICOM JSON model (PS3.18 annex F), None where there is none that fits a URL."""
    try:
        value = row[tag]["Value"][0]
    except (KeyError, IndexError, TypeError):
        return None
    if not isinstance(value, str):
        return None
    uid = value.strip("\0 ")
    fits = uid.isascii() and uid.replace(".", "").replace("-", "").replace("_", "").isalnum()
    return uid if fits and len(uid) <= 128 else None


def _path_of(study: str, series: str = "", instance: str = "") -> str:
    path = f"studies/{quote(study, safe='')}"
    if instance:
        path += f"/series/{quote(series, safe='')}/instances/{quote(instance, safe='')}"
    return path


def _contents(response: requests.Response) -> Iterator[Iterator[bytes]]:
    """Each part of a multipart answer; the answer itself where a server sends one alone."""
    header = Message()
    header["Content-Type"] = response.headers.get("Content-Type", "")
    chunks = response.iter_content(_CHUNK)
    boundary = header.get_boundary()
    if header.get_content_type() == "application/dicom":
        yield chunks
    elif header.get_content_maintype() == "multipart" and boundary:
        yield from parts(chunks, boundary)
    elif response.status_code != 204:  # "no content": a study without instances
        raise MultipartError("the answer holds no DICOM")


def _written(pieces: Iterator[bytes], folder: Path) -> Path:
    """`pieces` in a new file that only its owner can read."""
    with storage_errors():
        descriptor, name = tempfile.mkstemp(".dcm", dir=folder)
    path = Path(name)
    try:
        with storage_errors(), os.fdopen(descriptor, "wb") as file:
            size = 0
            for piece in pieces:
                size += len(piece)
                if size > MOST_INSTANCE_BYTES:
                    raise ImageRejected(RejectCode.RESOURCE_LIMIT, "the file is larger than 2 GiB")
                file.write(piece)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _not_given(exc: requests.HTTPError) -> ImageRejected:
    status = _status(exc)
    if status in _GONE:
        reason = f"the server lists it, but does not have it (HTTP {status})"
        return ImageRejected(RejectCode.MISSING_FILE, reason)
    return ImageRejected(RejectCode.UNREADABLE, f"the server does not give it (HTTP {status})")


def _unreachable(exc: requests.RequestException) -> SourceUnavailable:
    if isinstance(exc, requests.exceptions.SSLError):
        return SourceUnavailable(
            "no secure connection to the DICOMweb server can be made",
            hint="when its certificate is your own, REQUESTS_CA_BUNDLE names the file to trust",
        )
    return SourceUnavailable(
        "the DICOMweb server cannot be reached",
        hint="check its address and the network, then run the same command again: "
        "what is known is not fetched twice",
    )


def _status(exc: requests.HTTPError) -> int:
    assert exc.response is not None
    return exc.response.status_code


def _refused(exc: ListingRefused) -> RadalikeError:
    if exc.status in _DENIED:
        return UsageError(
            f"the DICOMweb server denies access (HTTP {exc.status})",
            hint="set RADALIKE_DICOMWEB_TOKEN, or RADALIKE_DICOMWEB_USER and "
            "RADALIKE_DICOMWEB_PASSWORD, in the environment",
        )
    if exc.status == 200:
        return SourceUnavailable(
            "what answers at this address does not speak DICOMweb",
            hint="check the path of the address: it is often /dicom-web",
        )
    return SourceUnavailable(
        f"the DICOMweb server cannot list its studies (HTTP {exc.status})",
        hint="check the address and its query, then try again later",
    )


def _whole_number(values: list[str] | None, name: str) -> int | None:
    if values is None:
        return None
    if len(values) != 1 or not values[0].isdecimal():
        raise UsageError(f"{name} is not a whole number", hint=f"write {name}=100, once")
    return int(values[0])

"""An HTTP session that tries again, keeps its credentials to one host, and reads no endless answer.

What is tried again: a connection that fails, an answer cut short, HTTP 408, 429, 500, 502, 503 and
504, after exponentially growing pauses with jitter, or after Retry-After (RFC 9110 §10.2.3).
"""

from __future__ import annotations

import logging
import random
import time
from contextlib import closing
from email.utils import parsedate_to_datetime
from io import BytesIO
from threading import Event
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3.exceptions import HTTPError

from ingest.sources.dicomweb.address import Credentials

TIMEOUT = (10.0, 60.0)
"""Seconds to connect, and between two pieces of an answer."""
ATTEMPTS = 4
_TRIED_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
_MOST_REDIRECTS = 5
_MOST_LISTED_BYTES = 256 * 1024**2  # of one page; what is streamed is bounded by its reader

_FAILURES = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


def open_session(credentials: Credentials | None, stop: Event) -> requests.Session:
    """Setting `stop` ends its pauses."""
    # It prints what servers say in their warnings, which may name a patient.
    logging.getLogger("dicomweb_client").setLevel(logging.CRITICAL)
    session = _Session()
    session.auth = _authentication(credentials)
    session.max_redirects = _MOST_REDIRECTS
    session.headers["Accept-Encoding"] = "identity"  # nothing that swells while it is read
    adapter = _PatientAdapter(stop)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _NoAuthentication(AuthBase):
    """Also none of ~/.netrc, which requests reads when it is given nothing."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _Bearer(AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _authentication(credentials: Credentials | None) -> AuthBase:
    if credentials is None:
        return _NoAuthentication()
    if credentials.token:
        return _Bearer(credentials.token)
    return HTTPBasicAuth(credentials.user.encode(), credentials.password.encode())


class _Session(requests.Session):
    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Credentials are for the server that was named, and no other is asked with any."""
        asked, target = str(response.request.url), str(prepared_request.url)
        if self.should_strip_auth(asked, target):
            prepared_request.headers.pop("Authorization", None)
        if asked.startswith("https:") and not target.startswith("https:"):
            raise requests.TooManyRedirects("a redirect from https to plain http")


class _PatientAdapter(HTTPAdapter):
    def __init__(self, stop: Event) -> None:
        super().__init__()
        self._stop = stop
        self._down = False  # it did not answer the last time, however often it was asked

    def send(  # the signature is that of requests
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        # dicomweb-client sets the host, without its port and for redirects as well, and encodes
        # DICOM's wildcards, which may stand in a query (RFC 3986 §3.4): Orthanc decodes none.
        request.headers.pop("Host", None)
        request.url = str(request.url).replace("%2A", "*").replace("%3F", "?")
        attempts = 1 if self._down else ATTEMPTS
        for attempt in range(1, attempts + 1):
            last = attempt == attempts
            try:
                response = super().send(request, stream, timeout, verify, cert, proxies)
                if not stream:
                    _read_whole(response)
            except _FAILURES:
                if last or self._stop.is_set():
                    self._down = True
                    raise
                pause = _pause(attempt, None)
            else:
                self._down = False
                if last or response.status_code not in _TRIED_AGAIN or self._stop.is_set():
                    return response
                response.close()
                pause = _pause(attempt, response.headers.get("Retry-After"))
            self._stop.wait(pause)
        raise AssertionError("the last attempt returns or raises")


def _pause(attempt: int, retry_after: str | None) -> float:
    """Seconds to wait after `attempt` (from 1)."""
    asked = _seconds(retry_after) if retry_after else None
    if asked is None:
        asked = _FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)
    return min(max(asked, 0.0), _LONGEST_PAUSE)


def _seconds(retry_after: str) -> float | None:
    """Of a Retry-After header: a number or a date; None when it is neither."""
    if retry_after.isdecimal():
        return float(retry_after[:9])
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return moment.timestamp() - time.time()


def _read_whole(response: requests.Response) -> None:
    """Read the answer here, where an answer cut short is tried again."""
    whole = BytesIO()
    with closing(response.raw) as body:
        try:
            for piece in body.stream(1 << 16, decode_content=True):
                whole.write(piece)
                if whole.tell() > _MOST_LISTED_BYTES:
                    raise requests.exceptions.ContentDecodingError("an endless answer")
        except HTTPError as exc:  # urllib3's own
            raise requests.exceptions.ChunkedEncodingError("an answer cut short") from exc
    whole.seek(0)
    response.raw = whole

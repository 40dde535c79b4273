"""A small DICOMweb server that can do wrong in every way that a real one does only at times."""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import SSLContext
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from pydicom import dcmread

BOUNDARY = "a-boundary"
ROOT = "/dicom-web"


@dataclass(frozen=True)
class Instance:
    study: str
    series: str
    uid: str
    content: bytes

    @property
    def path(self) -> str:
        return f"{ROOT}/studies/{self.study}/series/{self.series}/instances/{self.uid}"


def read_instances(files: Sequence[Path]) -> list[Instance]:
    instances = []
    for file in files:
        header = dcmread(file, stop_before_pixels=True)
        uids = (header.StudyInstanceUID, header.SeriesInstanceUID, header.SOPInstanceUID)
        instances.append(Instance(*map(str, uids), file.read_bytes()))
    return instances


@dataclass
class Archive:
    """What the server holds and how it behaves.

    failures: how often each path is answered with `failure_status` before it is answered well.
    absent: instances left out of their study's answer; gone: those that are 404 alone as well.
    spoilt: content sent within the study in place of an instance's own. cut: bytes after which a
    study's answer ends. endless: instances that never end. redirect: where all goes.
    """

    instances: list[Instance]
    page: int = 1000
    ignores_offset: bool = False
    ignores_limit: bool = False
    failures: Counter[str] = field(default_factory=Counter)
    failure_status: int = 500
    retry_after: str | None = None
    absent: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    spoilt: dict[str, bytes] = field(default_factory=dict)
    cut: int | None = None
    cut_instances: Counter[str] = field(default_factory=Counter)
    endless: frozenset[str] = frozenset()
    without_uid: frozenset[str] = frozenset()
    alone_is_plain: bool = False
    redirect: str | None = None
    authorization: str | None = None
    asked: list[tuple[str, dict[str, list[str]], str | None]] = field(default_factory=list)

    def times_asked(self, *paths: str) -> int:
        return sum(path in paths for path, _, _ in self.asked)

    def retrieved(self) -> list[str]:
        """The studies and instances that were asked for, as opposed to lists."""
        return [
            path
            for path, _, _ in self.asked
            if not path.endswith(("/studies", "/instances")) and path.startswith(ROOT)
        ]


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


@contextmanager
def serving(archive: Archive, tls: SSLContext | None = None) -> Iterator[str]:
    """The URL of the server's DICOMweb root."""

    class Handler(_Handler):
        held = archive

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}{ROOT}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    held: Archive
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        archive, url = self.held, urlsplit(self.path)
        path, query = url.path, parse_qs(url.query, keep_blank_values=True)
        archive.asked.append((path, query, self.headers.get("Authorization")))
        if archive.redirect is not None:
            self._answer(307, b"", {"Location": archive.redirect + self.path.removeprefix(ROOT)})
        elif archive.authorization not in (None, self.headers.get("Authorization")):
            self._answer(401, b"secret words")
        elif archive.failures[path] > 0:
            archive.failures[path] -= 1
            after = {} if archive.retry_after is None else {"Retry-After": archive.retry_after}
            self._answer(archive.failure_status, b"oh no", after)
        elif path == f"{ROOT}/studies":
            uids = dict.fromkeys(each.study for each in archive.instances)
            self._list([{"0020000D": _ui(uid)} for uid in uids], query)
        elif path.endswith("/instances"):
            self._list([self._row(each) for each in archive.instances if each.study in path], query)
        else:
            self._retrieve(path)

    def _row(self, instance: Instance) -> dict[str, object]:
        series = {"0020000E": _ui(instance.series)}
        if instance.uid in self.held.without_uid:
            return series
        return series | {"00080018": _ui(instance.uid)}

    def _list(self, rows: Sequence[object], query: dict[str, list[str]]) -> None:
        limit, offset = (int(query.get(name, ["0"])[0]) for name in ("limit", "offset"))
        start = 0 if self.held.ignores_offset else offset
        most = len(rows) if self.held.ignores_limit else min(limit or len(rows), self.held.page)
        page = rows[start : start + most]
        body = json.dumps(page).encode() if page else b""
        self._answer(200 if page else 204, body, {"Content-Type": "application/dicom+json"})

    def _retrieve(self, path: str) -> None:
        archive = self.held
        alone = [each for each in archive.instances if each.path == path]
        whole = [each for each in archive.instances if f"{ROOT}/studies/{each.study}" == path]
        if alone and alone[0].uid in archive.endless:
            self._stream_without_end()
        elif alone and alone[0].uid not in archive.gone:
            content = alone[0].content
            if archive.cut_instances[alone[0].uid] > 0:
                archive.cut_instances[alone[0].uid] -= 1
                self._answer(200, _multipart([content])[:300], _MULTIPART, claimed=len(content))
            elif archive.alone_is_plain:
                self._answer(200, content, {"Content-Type": "application/dicom"})
            else:
                self._answer(200, _multipart([content]), _MULTIPART)
        elif whole:
            given = [each for each in whole if each.uid not in archive.absent | archive.gone]
            body = _multipart([archive.spoilt.get(each.uid, each.content) for each in given])
            if any(each.uid in archive.endless for each in given):
                self._stream_without_end()
            elif archive.cut is None:
                self._answer(200, body, _MULTIPART)
            else:
                self._answer(200, body[: archive.cut], _MULTIPART, claimed=len(body))
        else:
            self._answer(404, b"not here: patient Roe, Jane")

    def _answer(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
        claimed: int | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body) if claimed is None else claimed))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection |= claimed is not None

    def _stream_without_end(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", _MULTIPART["Content-Type"])
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            self.wfile.write(f"--{BOUNDARY}\r\n\r\n".encode())
            while True:
                self.wfile.write(b"\0" * 65536)
        except OSError:  # the client has had enough
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass


_MULTIPART = {"Content-Type": f'multipart/related; type="application/dicom"; boundary="{BOUNDARY}"'}


def _multipart(contents: Sequence[bytes]) -> bytes:
    delimiter = f"--{BOUNDARY}\r\n".encode()
    header = b"Content-Type: application/dicom\r\n\r\n"
    parts = b"".join(delimiter + header + content + b"\r\n" for content in contents)
    return parts + f"--{BOUNDARY}--\r\n".encode()


def _ui(uid: str) -> dict[str, object]:
    return {"vr": "UI", "Value": [uid]}

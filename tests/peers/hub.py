"""A small model hub on loopback: what huggingface_hub asks of one, and a plain file server.

It speaks the hub's HTTP API as far as fetching needs it: a repository's commit and files with
their sizes, git ids and LFS hashes; its branches and tags; `resolve`, which redirects large files
to another host name, as the hub does to its storage; gated and missing repositories. Downloads
know `Range` and `If-Range`. It can be told to cut connections, and to send other bytes.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

LARGE = 1024  # bytes: files of more are stored apart, as with git LFS


@dataclass
class Repository:
    """token: needed to read it; None where anyone may. listed: whether its list of files is
    public all the same, as it is of gated repositories."""

    files: Mapping[str, bytes]
    commit: str = "a" * 40
    branches: Mapping[str, str] = field(default_factory=dict)
    token: str | None = None
    listed: bool = True
    licence: str = ""

    def commit_of(self, revision: str) -> str | None:
        named = {"main": self.commit, **self.branches}
        return named.get(revision, revision if revision in named.values() else None)


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    host: str
    path: str
    headers: Mapping[str, str]


@dataclass
class Hub:
    """repositories: by OWNER/NAME. plain: files by name, at `/plain/NAME`. cuts: after so many
    bytes of a file's body each connection ends. swapped: what is sent in place of these bytes."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    plain: dict[str, bytes] = field(default_factory=dict)
    cuts: int | None = None
    swapped: dict[bytes, bytes] = field(default_factory=dict)
    unwell: int = 0  # so many requests for bodies are answered with 503
    versioned: bool = True
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def downloads(self) -> list[Asked]:
        """Requests that gave, or should have given, the bytes of a file."""
        bodies = ("/stored/", "/plain/")
        return [
            each
            for each in self.asked
            if each.path.startswith(bodies) or ("/resolve/" in each.path and each.method == "GET")
        ]


@contextmanager
def running_hub() -> Iterator[Hub]:
    hub = Hub()

    class Handler(_Handler):
        served = hub

    server = _Server(("127.0.0.1", 0), Handler)
    hub.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is what some tests are about."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    served: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Nothing on standard error."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        host, path = self.headers["Host"], unquote(urlsplit(self.path).path)
        self.served.asked.append(Asked(self.command, host, path, dict(self.headers.items())))
        if path.startswith("/api/models/"):
            self._api(path.removeprefix("/api/models/"))
        elif "/resolve/" in path:
            self._resolve(path)
        elif path.startswith("/stored/"):
            wanted = path.removeprefix("/stored/")
            contents = (c for r in self.served.repositories.values() for c in r.files.values())
            self._file(next((c for c in contents if _sha256(c) == wanted), None))
        elif path.startswith("/plain/"):
            self._file(self.served.plain.get(path.removeprefix("/plain/")))
        else:
            self._send(HTTPStatus.NOT_FOUND, b"")

    def _api(self, path: str) -> None:
        name = "/".join(path.split("/")[:2])
        repository = self._readable(name, listing=True)
        if repository is None:
            return
        rest = path.removeprefix(name)
        if rest == "/refs":
            refs = {"main": repository.commit, **repository.branches}
            branches = [
                {"name": each, "ref": f"refs/heads/{each}", "targetCommit": commit}
                for each, commit in refs.items()
            ]
            self._json({"branches": branches, "tags": [], "converts": []})
            return
        commit = repository.commit_of(rest.removeprefix("/revision/") or "main")
        if commit is None:
            self._send(HTTPStatus.NOT_FOUND, b"", {"X-Error-Code": "RevisionNotFound"})
            return
        siblings = [_sibling(each, content) for each, content in repository.files.items()]
        card = {"license": repository.licence} if repository.licence else {}
        self._json({"id": name, "sha": commit, "siblings": siblings, "cardData": card})

    def _resolve(self, path: str) -> None:
        name, _, rest = path.lstrip("/").partition("/resolve/")
        revision, _, file = rest.partition("/")
        repository = self._readable(name, listing=False)
        if repository is None:
            return
        commit, content = repository.commit_of(revision), repository.files.get(file)
        if commit is None or content is None:
            self._send(HTTPStatus.NOT_FOUND, b"", {"X-Error-Code": "EntryNotFound"})
            return
        headers = {"X-Repo-Commit": commit}
        if len(content) <= LARGE:
            self._file(content, {**headers, "ETag": f'"{_git(content)}"'})
            return
        stored = f"http://localhost:{self.served.port}/stored/{_sha256(content)}"
        headers |= {"Location": stored, "X-Linked-Etag": f'"{_sha256(content)}"'}
        self._send(HTTPStatus.FOUND, b"", headers | {"X-Linked-Size": str(len(content))})

    def _readable(self, name: str, *, listing: bool) -> Repository | None:
        repository = self.served.repositories.get(name)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if repository is None:
            status = HTTPStatus.NOT_FOUND if token else HTTPStatus.UNAUTHORIZED
            self._send(status, b"", {"X-Error-Code": "RepoNotFound"})
            return None
        public = repository.token is None or (listing and repository.listed)
        if public or token == repository.token:
            return repository
        status = HTTPStatus.FORBIDDEN if token else HTTPStatus.UNAUTHORIZED
        self._send(status, b"", {"X-Error-Code": "GatedRepo"})
        return None

    def _file(self, content: bytes | None, headers: Mapping[str, str] | None = None) -> None:
        if content is None:
            self._send(HTTPStatus.NOT_FOUND, b"")
            return
        if self.served.unwell:
            self.served.unwell -= 1
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, b"")
            return
        tag = f'"{_sha256(content)}"'
        told = {**({"ETag": tag} if self.served.versioned else {}), **(headers or {})}
        content = self.served.swapped.get(content, content)
        wanted = self.headers.get("Range", "")
        condition = self.headers.get("If-Range")
        if not wanted or (condition is not None and condition != told.get("ETag")):
            self._send(HTTPStatus.OK, content, told)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        if start >= len(content):
            unsatisfied = {"Content-Range": f"bytes */{len(content)}"}
            self._send(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"", unsatisfied)
            return
        told["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._send(HTTPStatus.PARTIAL_CONTENT, content[start:], told)

    def _json(self, value: Any) -> None:
        self._send(HTTPStatus.OK, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(
        self, status: HTTPStatus, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        cuts = self.served.cuts
        is_file = not self.path.startswith("/api/")
        if cuts is not None and is_file and len(body) > cuts:
            self.wfile.write(body[:cuts])
            self.close_connection = True
            return
        self.wfile.write(body)


def _sibling(name: str, content: bytes) -> dict[str, Any]:
    said: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": _git(content)}
    if len(content) > LARGE:
        lfs = {"sha256": _sha256(content), "size": len(content), "pointerSize": 130}
        said["lfs"] = lfs
    return said


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _git(content: bytes) -> str:
    """The id that git gives a file."""
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()

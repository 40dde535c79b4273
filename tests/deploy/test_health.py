"""The health checks of docker-compose.yml, run against small servers that are well or unwell."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

PATHS = {"qdrant": "/readyz", "ui": "/_stcore/health"}
PORTS = {"qdrant": "6333", "ui": "8501"}


@pytest.fixture
def serve() -> Iterator[Callable[[str, int], int]]:
    """Starts a server that answers one path with a status, and everything else with 404."""
    running = []

    def start(path: str, status: int) -> int:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status if self.path == path else 404)
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        running.append(server)
        return server.server_port

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def healthy(compose: Mapping[str, Any], service: str, port: int) -> bool:
    kind, program, *rest = compose["services"][service]["healthcheck"]["test"]
    assert kind == "CMD"
    assert any(PORTS[service] in word for word in rest)
    words = [word.replace(PORTS[service], str(port)) for word in rest]
    command = [sys.executable if program == "python" else program, *words]
    return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0


@pytest.mark.parametrize("service", PATHS)
def test_a_server_that_is_well_passes(
    compose: Mapping[str, Any], serve: Callable[[str, int], int], service: str
) -> None:
    assert healthy(compose, service, serve(PATHS[service], 200))


@pytest.mark.parametrize("service", PATHS)
def test_a_server_that_is_not_ready_does_not(
    compose: Mapping[str, Any], serve: Callable[[str, int], int], service: str
) -> None:
    assert not healthy(compose, service, serve(PATHS[service], 503))


@pytest.mark.parametrize("service", PATHS)
def test_nothing_there_does_not(compose: Mapping[str, Any], service: str) -> None:
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    port = server.server_port
    server.server_close()
    assert not healthy(compose, service, port)

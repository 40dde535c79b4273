from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
from streamlit.config import get_config_options

from radalike.errors import UsageError
from radalike.settings import Settings, load_settings
from search_ui.server import address, check_address, command_line, environment


def at(host: str, port: int = 8501, **flags: str) -> Settings:
    return load_settings(host=host, port=port, **flags)


def options(command: list[str]) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    start = command.index("run") + 2
    for name, value in zip(command[start::2], command[start + 1 :: 2], strict=True):
        given.setdefault(name.removeprefix("--"), []).append(value)
    return given


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_the_command_line() -> None:
    command = command_line(at("127.0.0.1", 8600), headless=True)
    assert command[:5] == [sys.executable, "-P", "-m", "search_ui.server_process", "run"]
    assert Path(command[5]).is_file()
    given = options(command)
    assert given["server.port"] == ["8600"]
    assert given["server.headless"] == ["true"]
    assert given["browser.gatherUsageStats"] == ["false"]
    assert given["server.enableCORS"] == given["server.enableXsrfProtection"] == ["true"]
    assert given["client.showErrorDetails"] == ["none"]
    assert given["theme.dark.backgroundColor"]
    assert options(command_line(at("127.0.0.1"), headless=False))["server.headless"] == ["false"]


def test_streamlit_knows_every_option() -> None:
    assert options(command_line(at("127.0.0.1"), headless=True)).keys() <= set(get_config_options())


def test_only_this_machines_names_are_let_in_on_loopback() -> None:
    assert (
        "localhost" in options(command_line(at("127.0.0.1"), headless=True))["server.allowedHosts"]
    )
    assert "server.allowedHosts" not in options(command_line(at("0.0.0.0"), headless=True))


def test_the_library_is_handed_over_by_the_environment() -> None:
    assert environment(
        Path("/data/library"), at("0.0.0.0", 8600), {"PATH": "/bin", "RADALIKE_LIBRARY": "other"}
    ) == {
        "PATH": "/bin",
        "RADALIKE_LIBRARY": "/data/library",
        "RADALIKE_HOST": "0.0.0.0",
        "RADALIKE_PORT": "8600",
    }


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:8501"),
        ("0.0.0.0", "http://127.0.0.1:8501"),
        ("::1", "http://[::1]:8501"),
    ],
)
def test_addresses(host: str, expected: str) -> None:
    assert address(at(host)) == expected


def test_a_public_address_is_let_in_and_a_certificate_makes_it_https() -> None:
    tls = {"tls_certificate": "/data/page.pem", "tls_key": "/data/page.key"}
    given = options(
        command_line(at("127.0.0.1", public_url="https://images.example.org", **tls), headless=True)
    )
    assert "images.example.org" in given["server.allowedHosts"]
    assert given["server.sslCertFile"] == ["/data/page.pem"]
    assert given["server.sslKeyFile"] == ["/data/page.key"]
    assert address(at("127.0.0.1", **tls)) == "https://127.0.0.1:8501"


def test_uploads_are_limited_where_they_arrive() -> None:
    given = options(command_line(load_settings(upload_mib=7), headless=True))
    assert given["server.maxUploadSize"] == ["7"]


def test_a_taken_port_is_an_error_with_the_way_out(taken: int) -> None:
    with pytest.raises(UsageError, match=f"port {taken} .* is taken") as caught:
        check_address("127.0.0.1", taken)
    assert "--port" in caught.value.hint


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_of_another_machine(host: str) -> None:
    with pytest.raises(UsageError, match="no address of this machine"):
        check_address(host, 0)


def test_a_free_port_is_none(taken: int) -> None:
    check_address("127.0.0.1", 0)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_interrupted_and_ends_well(
    own_folder: Path, tmp_path: Path, ending: signal.Signals
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    code = (
        "import sys, pathlib; from radalike.settings import load_settings; "
        "from search_ui.server import serve; folder = pathlib.Path(sys.argv[1]); "
        "settings = load_settings(library=folder, port=int(sys.argv[2])); "
        "serve(folder, settings, headless=True)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(own_folder), str(port)],
        env={**os.environ, "HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert _healthy(port, process)
        process.send_signal(ending)
        output, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert f"http://127.0.0.1:{port}" in output
    assert process.returncode == 0, output


def _healthy(port: int, process: subprocess.Popen[str]) -> bool:
    opener = build_opener(ProxyHandler({}))
    for _ in range(200):
        try:
            with opener.open(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.1)
    return False

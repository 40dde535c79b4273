"""Starting the page's server: its command line, its port, and the hand-over to it."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import typer

from radalike.errors import UsageError

_APP = Path(__file__).parent / "app.py"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
UPLOAD_MEBIBYTES = 256


def serve(library: Path, host: str, port: int, *, headless: bool) -> None:
    """Become the server of the page over `library`, an absolute path; does not return.

    This process is replaced, so that its signals reach the server and none is left behind.
    Raises UsageError when the address cannot be listened on.
    """
    check_address(host, port)
    typer.echo(f"Radalike's search page: {address(host, port)}  (Ctrl-C ends it)")
    sys.stdout.flush()
    command = command_line(host, port, headless=headless)
    os.execve(command[0], command, environment(library, os.environ))


def command_line(host: str, port: int, *, headless: bool) -> list[str]:
    """The server's command. What is set here counts over any configuration file of Streamlit's.

    -P: what lies in the current folder must not stand in for a module. No statistics are sent,
    and nothing is asked of, or loaded from, anywhere else. Errors that are not ours are told to
    the console only, because a traceback can hold what is in a file.
    """
    options = {
        "server.address": host,
        "server.port": str(port),
        "server.headless": _flag(headless),
        "server.showEmailPrompt": "false",
        "server.enableCORS": "true",
        "server.enableXsrfProtection": "true",
        "server.maxUploadSize": str(UPLOAD_MEBIBYTES),
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": "false",
        "client.toolbarMode": "minimal",
        "logger.hideWelcomeMessage": "true",
        "theme.base": "dark",
        "theme.primaryColor": "#4db6d3",
        "theme.backgroundColor": "#0c0f12",
        "theme.secondaryBackgroundColor": "#161b20",
        "theme.textColor": "#e4e8eb",
        "theme.borderColor": "#2a3138",
    }
    command = [sys.executable, "-P", "-m", "streamlit", "run", str(_APP)]
    for name, value in options.items():
        command += [f"--{name}", value]
    if host in _LOOPBACK:
        # A page of another site, whose name was turned to this address, is not let in.
        for name in ("localhost", "127.0.0.1", "::1"):
            command += ["--server.allowedHosts", name]
    return command


def environment(library: Path, current: Mapping[str, str]) -> dict[str, str]:
    """`current` with the library that the page opens."""
    return {**current, "RADALIKE_LIBRARY": str(library)}


def check_address(host: str, port: int) -> None:
    """Raises UsageError when `host` is not an address of this machine or the port is taken."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the server does: a port that was just closed counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except PermissionError as exc:
        raise UsageError(
            f"port {port} needs rights that you do not have",
            hint="choose one above 1023: --port 8501",
        ) from exc
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            raise UsageError(
                f"port {port} on {host} is taken, perhaps by another search page",
                hint=f"choose another: --port {port + 1 if port < 65535 else port - 1}",
                port=port,
            ) from exc
        raise UsageError(
            f"{host!r} is no address of this machine",
            hint="--host 127.0.0.1 is for this machine only, --host 0.0.0.0 for the network too",
        ) from exc


def address(host: str, port: int) -> str:
    """The URL that a browser on this machine opens."""
    name = _EVERYWHERE.get(host, host)
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"


def _flag(value: bool) -> str:
    return "true" if value else "false"

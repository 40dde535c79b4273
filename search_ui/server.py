"""Starting the page's server: its command line, its port, and the hand-over to it."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import typer

from radalike.errors import UsageError
from radalike.settings import Settings
from search_ui.access.mode import SignIn, is_loopback, sign_in_mode, warnings
from search_ui.access.oidc import own_address
from search_ui.theme import theme_options

_APP = Path(__file__).parent / "app.py"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def serve(library: Path, settings: Settings, *, headless: bool) -> None:
    """Become the server of the page over `library`, an absolute path; does not return.

    This process is replaced, so that its signals reach the server and none is left behind.
    Raises UsageError when the address cannot be listened on, or anybody on the network would be
    let in.
    """
    mode = sign_in_mode(settings)
    check_address(settings.host, settings.port)
    for warning in warnings(settings, mode):
        typer.echo(f"radalike: {warning}", err=True)
    where = (
        own_address(settings) if mode is SignIn.OIDC else settings.public_url or address(settings)
    )
    typer.echo(f"Radalike's search page: {where}  (Ctrl-C ends it)")
    sys.stdout.flush()
    command = command_line(settings, headless=headless)
    os.execve(command[0], command, environment(library, settings, os.environ))


def command_line(settings: Settings, *, headless: bool) -> list[str]:
    """The server's command. What is set here counts over any configuration file of Streamlit's.

    -P: what lies in the current folder must not stand in for a module. No statistics are sent,
    and nothing is asked of, or loaded from, anywhere else. Errors that are not ours are told to
    the console only, because a traceback can hold what is in a file.
    """
    host = settings.host
    options = {
        "server.address": host,
        "server.port": str(settings.port),
        "server.headless": _flag(headless),
        "server.showEmailPrompt": "false",
        "server.enableCORS": "true",
        "server.enableXsrfProtection": "true",
        "server.maxUploadSize": str(settings.upload_mib),
        "server.fileWatcherType": "none",
        # Neither is for us, and each costs more than a page: rewriting the script's own syntax
        # tree, and collecting garbage among all the objects of the models, at every run.
        "runner.magicEnabled": "false",
        "runner.postScriptGC": "false",
        "browser.gatherUsageStats": "false",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": "false",
        "client.toolbarMode": "minimal",
        "logger.hideWelcomeMessage": "true",
        **theme_options(),
    }
    if settings.tls_certificate:
        options |= {
            "server.sslCertFile": settings.tls_certificate,
            "server.sslKeyFile": settings.tls_key,
        }
    command = [sys.executable, "-P", "-m", "search_ui.server_process", "run", str(_APP)]
    for name, value in options.items():
        command += [f"--{name}", value]
    if is_loopback(host):
        # A page of another site, whose name was turned to this address, is not let in.
        for name in {*_LOOPBACK, urlsplit(settings.public_url).hostname or host}:
            command += ["--server.allowedHosts", name]
    return command


def environment(library: Path, settings: Settings, current: Mapping[str, str]) -> dict[str, str]:
    """`current` with what may have been given as flags: the library that the page opens, and the
    address, which decides whether people sign in."""
    return {
        **current,
        "RADALIKE_LIBRARY": str(library),
        "RADALIKE_HOST": settings.host,
        "RADALIKE_PORT": str(settings.port),
    }


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


def address(settings: Settings) -> str:
    """The URL that a browser on this machine opens."""
    name = _EVERYWHERE.get(settings.host, settings.host)
    scheme = "https" if settings.tls_certificate else "http"
    return f"{scheme}://{f'[{name}]' if ':' in name else name}:{settings.port}"


def _flag(value: bool) -> str:
    return "true" if value else "false"

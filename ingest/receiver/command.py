"""`radalike listen`: the receiver as a command."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radalike.cli.options import EncoderOption, JsonOption, LibraryOption
from radalike.cli.output import print_json

if TYPE_CHECKING:
    from ingest.receiver.access import TlsFiles
    from ingest.receiver.service import Service

_FINDING = 1


def register(app: typer.Typer) -> None:
    app.command("listen")(listen)


def listen(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0: any.")
    ] = 11112,
    aet: Annotated[str, typer.Option("--aet", help="Our AE title: senders call it.")] = "RADALIKE",
    allow_aet: Annotated[
        list[str] | None,
        typer.Option("--allow-aet", help="AE title that may send; once for each, or commas."),
    ] = None,
    allow_aet_file: Annotated[
        Path | None,
        typer.Option("--allow-aet-file", help="More of them, one a line; read anew on SIGHUP."),
    ] = None,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; 0.0.0.0 lets the network in.")
    ] = "127.0.0.1",
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", help="Our certificate (PEM): TLS is required.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="Its key (PEM).")] = None,
    tls_ca: Annotated[
        Path | None,
        typer.Option("--tls-ca", help="Authority (PEM) that senders' certificates must be of."),
    ] = None,
    max_associations: Annotated[
        int, typer.Option("--max-associations", min=1, max=1000, help="Most at the same time.")
    ] = 10,
    max_file_mib: Annotated[
        int, typer.Option("--max-file-mib", min=1, max=2048, help="Largest file taken, MiB.")
    ] = 512,
    health: Annotated[
        Path | None,
        typer.Option(
            "--health",
            help="File to write the state of the service to, besides the library's receiver.json.",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Read the state of the one that runs: exit 0 when all is well."
        ),
    ] = False,
    dataset: Annotated[
        str, typer.Option("--dataset", help="Name to file the images under.")
    ] = "local",
    no_ingest: Annotated[
        bool, typer.Option("--no-ingest", help="Only receive; a later start ingests.")
    ] = False,
    encoder: EncoderOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Receive images over DICOM (C-STORE) and ingest them; TERM or Ctrl-C ends it safely.

    Logs are JSON lines on standard error; --json prints the last health when it ends.

    Example: radalike listen --port 11112 --aet RADALIKE --allow-aet PACS --health listen.json
    """
    if check:
        _check(health, library, as_json=as_json)
        return
    from ingest.receiver.access import allowed_titles, check_access, title
    from ingest.receiver.logs import json_logs
    from ingest.receiver.receiver import ReceiverSettings
    from ingest.receiver.service import Service, ServiceSettings
    from radalike.cli.session import open_library

    named = bool(allow_aet) or allow_aet_file is not None

    def titles() -> tuple[str, ...]:
        found = allowed_titles(allow_aet or (), allow_aet_file)
        check_access(host, found, named=named)
        return found

    receiver = ReceiverSettings(
        host=host,
        port=port,
        aet=title(aet),
        titles=titles(),
        tls=_tls(tls_cert, tls_key, tls_ca),
        max_associations=max_associations,
        max_file_bytes=max_file_mib * 1024**2,
    )
    with open_library(library, create=True, encoder=encoder) as opened, json_logs(sys.stderr):
        settings = ServiceSettings(
            receiver, dataset=dataset, health=health, ingests=not no_ingest, titles=titles
        )
        service = Service(opened, settings)
        with _signals(service):
            last = service.run()
    if as_json:
        from dataclasses import asdict

        print_json(asdict(last))


def _check(health: Path | None, library: Path | None, *, as_json: bool) -> None:
    """Opens no library: a container asks every few seconds. The lock tells at once of a receiver
    that was killed; where only its file is named, its age does."""
    from radalike.errors import UsageError
    from radalike.library.ingesting.receiver_state import finding, read_health
    from radalike.library.layout import Layout
    from radalike.locks import Lock
    from radalike.settings import load_settings

    layout = Layout(load_settings(library=library).library)
    try:
        wrong = finding(read_health(health or layout.receiver_state))
    except UsageError as exc:
        wrong = str(exc)
    if wrong is None and health is None and not Lock.is_held(layout.receiver_lock):
        wrong = "it ended without saying so"
    if as_json:
        print_json({"ok": wrong is None, "finding": wrong})
    else:
        typer.echo(
            "The receiver is well." if wrong is None else f"The receiver is not well: {wrong}."
        )
    if wrong is not None:
        raise typer.Exit(_FINDING)


def _tls(certificate: Path | None, key: Path | None, authority: Path | None) -> TlsFiles | None:
    from ingest.receiver.access import TlsFiles
    from radalike.errors import UsageError

    if certificate is not None and key is not None:
        return TlsFiles(certificate, key, authority)
    if any(each is not None for each in (certificate, key, authority)):
        raise UsageError(
            "TLS needs a certificate and its key", hint="--tls-cert FILE --tls-key FILE"
        )
    return None


@contextmanager
def _signals(service: Service) -> Iterator[None]:
    """TERM and INT stop the service, HUP has it read the AE titles anew. A second Ctrl-C ends it
    at once: what was acknowledged is in the spool."""

    def stop(number: int, _frame: object) -> None:
        if service.stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        service.stop.set()

    def reload(_number: int, _frame: object) -> None:
        service.reload.set()

    wanted = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: reload}
    before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

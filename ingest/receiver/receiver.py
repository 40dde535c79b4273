"""The C-STORE receiver (PS3.4 annex B): takes datasets, as they come, into the spool."""

from __future__ import annotations

import errno
import ipaddress
import logging
import ssl
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from socketserver import BaseServer
from threading import Lock, Thread
from typing import Any, Self

from pynetdicom import AE, _config, evt
from pynetdicom.presentation import build_context
from pynetdicom.sop_class import Verification
from pynetdicom.transport import ThreadedAssociationServer

from ingest.receiver.access import TlsFiles, tls_context
from ingest.receiver.connection import ConnectionHandler, EmptyDataset
from ingest.receiver.logs import log_event
from ingest.receiver.spool import Spool, TooLarge
from radalike.errors import StorageError, UsageError

_PDU_BYTES = 131_072  # that we announce: eight times pynetdicom's own, and DCMTK's largest
_SPARE_CONNECTIONS = 8  # over the cap of associations, so that who is over it is told so
_FAREWELL_SECONDS = 5.0

# PS3.4 B.2.3
_STORED = 0x0000
_OUT_OF_RESOURCES = 0xA700
_PROCESSING_FAILURE = 0x0110
_CANNOT_UNDERSTAND = 0xC000


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    """titles: AE titles that may call; none: any. Seconds: network, an association without
    traffic; acse, a connection without an association; pdu, the time a PDU has to arrive."""

    host: str = "127.0.0.1"
    port: int = 11112
    aet: str = "RADALIKE"
    titles: tuple[str, ...] = ()
    tls: TlsFiles | None = None
    max_associations: int = 10
    max_file_bytes: int = 512 * 1024**2
    network_seconds: float = 60.0
    acse_seconds: float = 10.0
    dimse_seconds: float = 30.0
    pdu_seconds: float = 30.0


class Receiver:
    """Listens while it is open as a context manager. `counts`: received, bytes, refused,
    associations, turned-away, failed."""

    def __init__(self, spool: Spool, settings: ReceiverSettings) -> None:
        """Raises UsageError when the TLS files do not fit."""
        self.spool = spool
        self.settings = settings
        self.tls: ssl.SSLContext | None = tls_context(settings.tls) if settings.tls else None
        self.connections: set[ConnectionHandler] = set()
        self.closing = False
        self._counts: Counter[str] = Counter()
        self._lock = Lock()
        self._server: _Server | None = None
        self._entity = AE(settings.aet)
        self._entity.require_called_aet = True
        self._entity.require_calling_aet = list(settings.titles)
        self._entity.maximum_associations = settings.max_associations
        self._entity.maximum_pdu_size = _PDU_BYTES
        self._entity.network_timeout = settings.network_seconds
        self._entity.acse_timeout = settings.acse_seconds
        self._entity.dimse_timeout = settings.dimse_seconds

    def __enter__(self) -> Self:
        """Raises UsageError when the address cannot be listened on."""
        # Whatever is proposed for storage is taken, makers' own classes and retired ones, too.
        _config.UNRESTRICTED_STORAGE_SERVICE = True
        _config.LOG_HANDLER_LEVEL = "none"  # its own logs print what peers send
        place = (self.settings.host, self.settings.port)
        try:
            self._server = self._entity.make_server(
                place,
                contexts=[build_context(Verification)],
                evt_handlers=[(evt.EVT_C_STORE, self._store), (evt.EVT_C_ECHO, self._echo)],
                server_class=_Server,
                receiver=self,
            )
        except OSError as exc:
            raise _cannot_listen(exc, self.settings.port) from exc
        Thread(target=self._server.serve_forever, name="receiver", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close(0.0)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.server_address[1])

    @property
    def counts(self) -> Counter[str]:
        with self._lock:
            return self._counts.copy()

    def allow(self, titles: Sequence[str]) -> None:
        """From now on these AE titles may open associations; those that are open go on."""
        self._entity.require_calling_aet = list(titles)

    def close(self, patience: float) -> None:
        """Accept nothing more, give open associations `patience` seconds to end, and close."""
        self.closing = True
        server, self._server = self._server, None
        if server is None:
            return
        server.shutdown()
        self._wait_for_connections(patience)
        for connection in list(self.connections):
            connection.close()
        self._wait_for_connections(_FAREWELL_SECONDS)

    def count(self, name: str, amount: int = 1) -> None:
        with self._lock:
            self._counts[name] += amount

    def ended(self, association: Any) -> None:
        """Note how a connection ended. Whoever is not on the list is not named."""
        outcome = next(
            (word for word in ("rejected", "released", "aborted") if _is(association, word)),
            "broken",
        )
        self.count("turned-away" if outcome == "rejected" else "associations")
        calling = str(association.requestor.ae_title).strip()
        log_event(
            "association ended",
            outcome=outcome,
            peer=peer_kind(association.requestor.address),
            aet=calling if calling in self._entity.require_calling_aet else None,
        )

    # -- what peers ask for -------------------------------------------------------------------

    def _store(self, event: Any) -> int:
        """Success only when the dataset is on the disk under its name (PS3.4 B.2.3)."""
        dataset = event.request.DataSet
        try:
            dataset.commit()
        except (StorageError, TooLarge) as exc:
            return self._refused(dataset, exc, _OUT_OF_RESOURCES)
        except EmptyDataset as exc:
            return self._refused(dataset, exc, _CANNOT_UNDERSTAND)
        except OSError as exc:
            return self._refused(dataset, exc, _PROCESSING_FAILURE)
        self.count("received")
        return _STORED

    def _refused(self, dataset: Any, reason: Exception, status: int) -> int:
        dataset.discard()
        self.count("refused")
        log_event("a file was refused", level=logging.WARNING, reason=type(reason).__name__)
        return status

    def _echo(self, _event: Any) -> int:
        self.count("echoes")
        return _STORED

    def _wait_for_connections(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while self.connections and time.monotonic() < ends:
            time.sleep(0.02)


class _Server(ThreadedAssociationServer):  # type: ignore[misc]
    """Takes connections, up to a number, each on a thread of its own."""

    daemon_threads = True
    request_queue_size = 32

    def __init__(self, *arguments: Any, receiver: Receiver, **named: Any) -> None:
        self.receiver = receiver
        super().__init__(*arguments, request_handler=ConnectionHandler, **named)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        most = self.receiver.settings.max_associations + _SPARE_CONNECTIONS
        if self.receiver.closing or len(self.receiver.connections) >= most:
            self.receiver.count("turned-away")
            return False
        return True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that never became an association: no TLS, or gone again."""
        kind = type(sys.exc_info()[1]).__name__
        self.receiver.count("failed")
        log_event(
            "a connection failed",
            level=logging.WARNING,
            kind=kind,
            peer=peer_kind(str(client_address[0])),
        )

    def shutdown(self) -> None:
        BaseServer.shutdown(self)
        self.server_close()


def peer_kind(address: str) -> str:
    """`loopback` or `remote`: addresses are not noted."""
    try:
        place = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "remote"
    mapped = getattr(place, "ipv4_mapped", None)
    return "loopback" if (mapped or place).is_loopback else "remote"


def _is(association: Any, word: str) -> bool:
    return bool(getattr(association, f"is_{word}"))


def _cannot_listen(exc: OSError, port: int) -> UsageError:
    if exc.errno == errno.EADDRINUSE:
        reason = f"port {port} is taken, perhaps by another receiver"
        return UsageError(reason, hint="choose another: --port", port=port)
    if isinstance(exc, PermissionError):
        reason = f"port {port} needs rights that you do not have"
        return UsageError(reason, hint="choose one above 1023: --port 11112", port=port)
    return UsageError(
        "the address of --host cannot be listened on",
        hint="--host 127.0.0.1 is for this machine only, --host 0.0.0.0 for the network too",
    )

"""One connection of a peer, with bounds that pynetdicom does not set.

pynetdicom reads as many bytes as a PDU says it has, waits for them for ever, and collects whole
datasets in memory. Here the length is checked when the six bytes of the PDU's head are there
(PS3.8 9.3), a PDU has its time, a dataset goes to the spool as it comes, and a peer that sends
requests without waiting for answers is cut off.
"""

from __future__ import annotations

import socket
import ssl
import time
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_messages import DIMSEMessage
from pynetdicom.transport import AssociationSocket, RequestHandler

from ingest.receiver.part10 import file_head
from radalike.errors import RadalikeError

if TYPE_CHECKING:
    from ingest.receiver.spool import Arrival, Spool

MAX_PDU_BYTES = 1024**2
"""Of a PDU that is read. An association request with every storage class and transfer syntax has
half of that; of data PDUs we announce that we take much smaller ones."""

_MAX_COMMAND_BYTES = 65_536
_C_STORE_RQ = 0x0001
_POLL_SECONDS = 0.2
_REQUIRED = ("MessageID", "AffectedSOPClassUID", "AffectedSOPInstanceUID", "Priority")
# Senders hold back a small PDU until the one before is acknowledged, which Linux puts off by 40 ms.
# Asked for anew after each read, this makes 60 small files take 0.4 s instead of 2.8.
_QUICK_ACK = getattr(socket, "TCP_QUICKACK", None)
_ABORT = bytes((7, 0, 0, 0, 0, 4, 0, 0, 2, 0))  # PS3.8 9.3.8: by the service provider
_CLOSED = "Evt17"  # PS3.8 table 9-10: the transport connection is closed


class EmptyDataset(RadalikeError):
    """A request to store comes without a dataset."""


class PduTooLong(OSError):
    """The peer announces a PDU that is longer than any it may send."""


def bounded_recv(connection: AssociationSocket, seconds: float) -> Any:
    """In the place of `AssociationSocket.recv`: exactly as many bytes as asked for, fewer when the
    peer closes. Raises PduTooLong before anything is read, TimeoutError after `seconds`."""

    def recv(count: int) -> bytearray:
        if count > MAX_PDU_BYTES:
            raise PduTooLong("a PDU is longer than any it may send")
        peer: socket.socket = connection.socket
        received, done = bytearray(count), 0
        view = memoryview(received)
        ends = time.monotonic() + seconds
        while done < count:
            # Timeouts are per call: a peer that sends a byte now and then has no more time.
            peer.settimeout(max(ends - time.monotonic(), 0.001))
            if not (now := peer.recv_into(view[done:])):
                break
            done += now
        peer.settimeout(seconds)
        view.release()
        if _QUICK_ACK is not None:
            peer.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        return received[:done]

    return recv


class SpooledDataset(BytesIO):
    """What pynetdicom writes a dataset into: it goes to the spool instead of into memory.

    `failure` is why it could not; what comes after that is dropped, so that the peer gets an
    answer to its request and the association goes on.
    """

    def __init__(self, provider: SpoolingProvider, message: DIMSEMessage) -> None:
        super().__init__()
        self._provider = provider
        self._message = message
        self.arrival: Arrival | None = None
        self.failure: RadalikeError | OSError | None = None

    def write(self, data: Any) -> int:
        if self.failure is None:
            try:
                if self.arrival is None:
                    self.arrival = self._provider.begin(self._message)
                self.arrival.write(data)
            except (RadalikeError, OSError) as exc:
                self.failure = exc
                self.discard()
        return len(data)

    def commit(self) -> None:
        """Raises what hindered it: TooLarge, StorageFull, EmptyDataset, OSError."""
        if self.failure is not None:
            raise self.failure
        if self.arrival is None:
            raise EmptyDataset("a request to store nothing")
        self.arrival.commit()

    def discard(self) -> None:
        if self.arrival is not None:
            self.arrival.discard()


class SpoolingProvider(DIMSEServiceProvider):  # type: ignore[misc]
    """The DIMSE provider of one association: one request at a time, datasets to the spool."""

    def __init__(self, association: Any, spool: Spool, most_bytes: int) -> None:
        super().__init__(association)
        self._spool = spool
        self._most_bytes = most_bytes
        self._datasets: list[SpooledDataset] = []
        self._broken = False

    def receive_primitive(self, primitive: Any) -> None:
        """Called on the thread that reads the connection. A breach ends the association."""
        if self._broken:
            return
        try:
            if self.message is None:
                self._begin_message()
            message = self.message
            super().receive_primitive(primitive)
            if message.encoded_command_set.tell() > _MAX_COMMAND_BYTES:
                raise _Breach
        except Exception:  # noqa: BLE001 - whatever a peer's bytes do to the parser
            self._broken = True
            # Not by the state machine: it would break over an answer that is on its way.
            self.dul.socket.send(_ABORT)
            self.dul.event_queue.put(_CLOSED)

    def begin(self, message: DIMSEMessage) -> Arrival:
        """The file of a message whose dataset begins to come."""
        command = message.command_set
        if command.get("CommandField") != _C_STORE_RQ or any(
            command.get(name) is None for name in _REQUIRED
        ):
            raise _Breach
        syntaxes = {each.context_id: each.transfer_syntax for each in self.assoc.accepted_contexts}
        if message.context_id not in syntaxes:
            raise _Breach
        head = file_head(
            str(command.AffectedSOPClassUID),
            str(command.AffectedSOPInstanceUID),
            str(syntaxes[message.context_id][0]),
        )
        arrival = self._spool.begin(self._most_bytes)
        try:
            arrival.write(head)
        except BaseException:
            arrival.discard()
            raise
        return arrival

    def discard(self) -> None:
        """At the end of the connection: what has not been committed was not acknowledged."""
        for dataset in self._datasets:
            dataset.discard()

    def _begin_message(self) -> None:
        # We negotiate no asynchronous operations (PS3.7 D.3.3.3): the next request may come only
        # when the one before has been answered. Else requests would pile up in memory.
        if not self.msg_queue.empty():
            raise _Breach
        self.message = DIMSEMessage()
        self.message.data_set = SpooledDataset(self, self.message)
        self._datasets = [*self._datasets[-1:], self.message.data_set]


def _wait_for_its_end(association: Any) -> None:
    reader = association.dul
    while association.is_alive():
        association.join(_POLL_SECONDS)
        if reader.ident is not None and not reader.is_alive():
            # The connection is gone: one that waits for a request to associate need not wait on.
            reader.to_user_queue.put(None)
            association.join()
    reader.join()


class _Breach(Exception):
    """The peer does what the protocol does not allow."""


class ConnectionHandler(RequestHandler):  # type: ignore[misc]
    """Serves one connection on a thread of its own, from the TLS handshake to the end."""

    server: Any
    request: Any

    def setup(self) -> None:
        receiver = self.server.receiver
        receiver.connections.add(self)
        try:
            self.request.settimeout(receiver.settings.network_seconds)
            if receiver.tls is not None:
                # Not where connections are accepted: a slow handshake holds up nobody else.
                self.request = receiver.tls.wrap_socket(self.request, server_side=True)
        except BaseException:
            receiver.connections.discard(self)
            raise

    def handle(self) -> None:
        receiver = self.server.receiver
        association = self._create_association()
        settings = receiver.settings
        association.dimse = SpoolingProvider(association, receiver.spool, settings.max_file_bytes)
        connection = association.dul.socket
        connection.recv = bounded_recv(connection, settings.pdu_seconds)
        try:
            association.start()
            _wait_for_its_end(association)
        finally:
            association.dimse.discard()
            receiver.ended(association)

    def finish(self) -> None:
        self.close()
        self.server.receiver.connections.discard(self)

    def close(self) -> None:
        """End the connection now, whatever its threads are doing."""
        for end in (lambda: self.request.shutdown(socket.SHUT_RDWR), self.request.close):
            try:
                end()
            except (OSError, ssl.SSLError):
                continue

"""Peers that do not keep to the protocol: they cost neither memory nor time."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.sop_class import CTImageStorage

from ingest.receiver.spool import Spool
from tests.ingest.receiver.conftest import Listen
from tests.ingest.receiver.peers import associate, dcmtk, line_of, listening

Within = Callable[[Callable[[], object]], None]

_FOUR_GB = 0xFFFFFFFF
_ASSOCIATE, _DATA = 1, 4
_MIB = 1024**2


def _head(kind: int, length: int) -> bytes:
    return struct.pack(">BBL", kind, 0, length)


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def _stream(peer: socket.socket, most: int) -> int:
    """Send zeros until the other side closes, at most `most` bytes; how many it took."""
    sent, block = 0, bytes(65_536)
    with suppress(OSError):
        while sent < most:
            sent += peer.send(block)
    return sent


def _is_closed(peer: socket.socket) -> bool:
    try:
        while peer.recv(65_536):
            continue
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def test_a_pdu_of_four_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """Before an association, and within one; the memory of the process stays where it was."""
    with listening(tmp_path, "--no-ingest") as service:
        assert dcmtk("echoscu", service.port).returncode == 0
        before = service.peak_memory()
        for kind in (_ASSOCIATE, _DATA):
            with _connect(service.port) as peer:
                peer.sendall(_head(kind, _FOUR_GB))
                assert _stream(peer, 400 * _MIB) < 100 * _MIB  # the kernel's own buffers
                assert _is_closed(peer)
        with line_of(associate(service.port)) as line:
            line.sendall(_head(_DATA, _FOUR_GB))
            assert _stream(line, 400 * _MIB) < 100 * _MIB
        assert service.peak_memory() - before < 16 * _MIB
        assert dcmtk("echoscu", service.port).returncode == 0
        assert "a thread failed" not in service.events()
        assert service.stop() == 0


@pytest.mark.parametrize("sent", [b"", b"\x01\x00", _head(_ASSOCIATE, 1000), b"GET / HTTP/1.1\r\n"])
def test_a_connection_that_never_becomes_an_association_is_closed(
    listen: Listen, within: Within, sent: bytes
) -> None:
    receiver = listen(acse_seconds=0.5, pdu_seconds=0.5)
    with _connect(receiver.port) as peer:
        peer.sendall(sent)
        assert _is_closed(peer)
    within(lambda: not receiver.connections)


def test_a_pdu_that_comes_byte_by_byte_has_no_more_time(listen: Listen, within: Within) -> None:
    receiver = listen(acse_seconds=10, pdu_seconds=0.6)
    started = time.monotonic()
    with _connect(receiver.port) as peer:
        peer.sendall(_head(_ASSOCIATE, 1000))
        with suppress(OSError):
            while time.monotonic() - started < 15:
                peer.sendall(b"\0")
                time.sleep(0.1)
    within(lambda: not receiver.connections)
    assert time.monotonic() - started < 5


def test_an_idle_association_is_ended(listen: Listen, within: Within) -> None:
    receiver = listen(network_seconds=0.5)
    association = associate(receiver.port)
    within(lambda: not receiver.connections)
    within(lambda: not association.is_established)


def test_connections_have_a_cap(listen: Listen) -> None:
    receiver = listen(max_associations=1, acse_seconds=20)
    peers = [_connect(receiver.port) for _ in range(30)]
    ends = time.monotonic() + 10
    while receiver.counts["turned-away"] < 20 and time.monotonic() < ends:
        time.sleep(0.02)
    assert len(receiver.connections) <= 9
    assert receiver.counts["turned-away"] >= 20
    for peer in peers:
        peer.close()


def test_a_peer_that_does_not_wait_for_answers_is_cut_off(
    listen: Listen, spool: Spool, within: Within
) -> None:
    """Requests would pile up in memory; PS3.7 D.3.3.3: one at a time unless negotiated."""
    receiver = listen()
    association = associate(receiver.port)
    (context,) = (
        each.context_id
        for each in association.accepted_contexts
        if each.abstract_syntax == CTImageStorage
    )
    for number in range(1, 200):
        request = C_STORE()
        request.MessageID = number
        request.AffectedSOPClassUID = CTImageStorage
        request.AffectedSOPInstanceUID = f"1.2.{number}"
        request.Priority = 2
        request.DataSet = BytesIO(bytes(1000))
        association.dimse.send_msg(request, context)
    within(lambda: not receiver.connections)
    assert association.is_aborted
    assert receiver.counts["received"] < 199
    assert not [path for path in spool.incoming.iterdir() if path.name.startswith(".")]


def test_a_command_without_an_end_is_cut_off(listen: Listen, within: Within) -> None:
    receiver = listen()
    fragment = struct.pack(">LBB", 2 + 60_000, 1, 1) + bytes(60_000)  # PS3.8 9.3.5.1: more follows
    with line_of(associate(receiver.port)) as line:
        for _ in range(50):
            line.sendall(_head(_DATA, len(fragment)) + fragment)
    within(lambda: not receiver.connections)


@pytest.mark.parametrize("item", [b"", b"\0\0\0\x02", struct.pack(">LBB", 2, 1, 3), b"\xff"])
def test_malformed_data_ends_the_association_only(
    listen: Listen, within: Within, item: bytes
) -> None:
    receiver = listen(network_seconds=2)
    with line_of(associate(receiver.port)) as line:
        line.sendall(_head(_DATA, len(item)) + item)
        within(lambda: not receiver.connections)
    assert dcmtk("echoscu", receiver.port).returncode == 0

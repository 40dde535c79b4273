from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pynetdicom import _config
from pynetdicom.transport import AssociationSocket

from ingest.receiver.receiver import Receiver, ReceiverSettings
from ingest.receiver.spool import Spool
from radalike.library.layout import Layout
from radalike.library.privacy.pseudonyms import Privacy

Listen = Callable[..., Receiver]


@pytest.fixture(autouse=True)
def _pynetdicom_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver changes pynetdicom's configuration, as a process of its own may."""
    for name in ("UNRESTRICTED_STORAGE_SERVICE", "LOG_HANDLER_LEVEL"):
        monkeypatch.setattr(_config, name, getattr(_config, name))


@pytest.fixture(autouse=True)
def _senders_close_their_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """pynetdicom leaves the socket of a sender open when the receiver was the first to close."""
    plain = AssociationSocket._shutdown_socket

    def shut_down(sender: AssociationSocket) -> None:
        plain(sender)
        if sender.assoc.is_requestor and sender.socket is not None:
            sender.socket.close()

    monkeypatch.setattr(AssociationSocket, "_shutdown_socket", shut_down)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(Layout(tmp_path), Privacy(bytes(32)), kept_free=0)


@pytest.fixture
def listen(spool: Spool) -> Iterator[Listen]:
    """Starts receivers in this process, on a free port, and closes them."""
    with ExitStack() as opened:

        def start(spool: Spool = spool, **settings: Any) -> Receiver:
            opened.enter_context(spool.exclusively())
            return opened.enter_context(Receiver(spool, ReceiverSettings(port=0, **settings)))

        yield start


@pytest.fixture
def within() -> Callable[[Callable[[], object]], None]:
    """Waits until something has happened; fails when it takes more than twenty seconds."""

    def wait(happened: Callable[[], object]) -> None:
        ends = time.monotonic() + 20.0
        while not happened():
            assert time.monotonic() < ends
            time.sleep(0.02)

    return wait

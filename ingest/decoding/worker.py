"""The decoding process: `python -m ingest.decoding.worker FD`, one request and answer at a time.

It limits its own memory, yields the processor to the encoder, and turns whatever a decoder throws
(some throw BaseException) into a reject. What kills it outright is the pool's to notice.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from multiprocessing.connection import Connection

from ingest.decoding.archive_reader import ArchiveReader
from ingest.decoding.decode import Rereading, decode
from ingest.decoding.messages import READY, Outcome, Rejected, receive_request, send_outcome
from radalike.errors import RejectCode
from radalike.imaging.preprocessing import preprocessing_of

_PRIORITY = 5


def main(descriptor: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the ingest, which ends us
    os.nice(_PRIORITY)
    connection: Connection = Connection(descriptor)
    setup = json.loads(connection.recv_bytes())
    limit = setup["memory_mib"] * 1024**2
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    preprocessing = preprocessing_of(setup["preprocessing"])
    withheld, archives = frozenset(setup["withheld"]), ArchiveReader()
    connection.send_bytes(READY)
    while True:
        try:
            request = receive_request(connection)
        except EOFError:
            return
        outcome: Outcome
        known = setup["again"]
        again = (
            Rereading(request.frames, tuple(known["renderings"]), known["tiles"]) if known else None
        )
        try:
            outcome = decode(
                request.content,
                dataset=request.dataset,
                claims_image=request.claims_image,
                preprocessing=preprocessing,
                frames=setup["frames"],
                rendering=setup["rendering"],
                withheld=withheld,
                keep_identity=setup["keep_identity"],
                archives=archives,
                stamp=request.stamp,
                again=again,
            )
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # noqa: BLE001 - Rust decoders panic with a BaseException
            outcome = Rejected(RejectCode.PIXEL_DECODE, "its decoder failed")
        send_outcome(connection, outcome)


if __name__ == "__main__":
    main(int(sys.argv[1]))

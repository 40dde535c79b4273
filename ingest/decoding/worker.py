"""The decoding process: a fork that runs `main`, one request and answer at a time.

It limits its own memory, yields the processor to the encoder, and turns whatever a decoder throws
(some throw BaseException) into a reject. What kills it outright is the pool's to notice.
"""

from __future__ import annotations

from ingest.decoding.archive_reader import ArchiveReader
from ingest.decoding.decode import Rereading, decode
from ingest.decoding.messages import Outcome, Rejected, receive_request, send_outcome
from radalike.allocator import keep_freed_memory
from radalike.errors import RejectCode
from radalike.imaging.preprocessing import preprocessing_of
from radalike.sandbox.process import confined, say_ready

_NICENESS = 10


def main(descriptor: int) -> None:
    connection, setup = confined(descriptor, niceness=_NICENESS)
    keep_freed_memory(threads=1)
    preprocessing = preprocessing_of(setup["preprocessing"])
    withheld, archives = frozenset(setup["withheld"]), ArchiveReader()
    say_ready(connection)
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

"""The decoding process, with a decoder that does what a file says: crash, stall, panic, exit."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from ingest.decoding import worker
from ingest.decoding.decode import decode
from ingest.decoding.messages import Outcome


class Panic(BaseException):
    """As a decoder written in Rust raises it: no Exception."""


def odd(content: Path | bytes, **named: Any) -> Outcome:
    data = content.read_bytes() if isinstance(content, Path) else content
    match data.rstrip(b"\0"):
        case b"crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case b"stall":
            time.sleep(600)
        case b"panic":
            raise Panic
        case b"exit":
            raise SystemExit(3)
        case b"fail":
            raise RuntimeError("words of a file: DOE^JANE")
    return decode(content, **named)


def main(descriptor: int) -> None:
    setattr(worker, "decode", odd)  # noqa: B010 - it is not worker's to export
    worker.main(descriptor)

"""The child that reads uploads, where a file that is a word does as it says: crash, stall, panic,
exit, swell, lie. It forgets a file after a second."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from radalike.imaging.raster import render_raster
from radalike.sandbox import worker
from radalike.sandbox.opened_image import OpenedImage, open_image

FORGETS_AFTER = 1.0


class Panic(BaseException):
    """As a decoder written in Rust raises it: no Exception."""


def odd(data: bytes) -> OpenedImage:
    match data:
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
        case b"swell":
            bytearray(8 * 1024**3)
        case b"swell inside":
            render_raster(bytes(bytearray(8 * 1024**3)))
    return open_image(data)


def lying(*arguments: Any) -> worker.Answer:
    """As a child that was taken over might answer."""
    request = arguments[1]
    if request["ask"] == "describe":
        return {"described": {"kind": "raster", "frames": "DOE^JANE"}}, b""
    return {"shape": [1 << 40]}, b"four"


def main(descriptor: int) -> None:
    setattr(worker, "open_image", odd)  # noqa: B010 - it is not worker's to export
    setattr(worker, "KEPT_SECONDS", FORGETS_AFTER)  # noqa: B010 - a constant elsewhere
    if os.environ.get("ODD_WORKER") == "lying":
        setattr(worker, "_answer", lying)  # noqa: B010 - private elsewhere
    worker.main(descriptor)

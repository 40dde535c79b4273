"""The child that reads uploads and originals: a fork that runs `main`.

One request and one answer at a time, each a JSON header, some with bytes behind it. The file itself
is sent only when it is not the one read last, which is kept for its next frame or window until
another comes, or nothing has been asked for KEPT_SECONDS.
"""

from __future__ import annotations

import gc
import json
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

import radalike.imaging.dicom.image  # noqa: F401 - now, and not while somebody waits
from radalike.errors import ImageRejected, RejectCode, UsageError
from radalike.imaging.thumbnails import picture
from radalike.records import Pixels
from radalike.sandbox.opened_image import OpenedImage, frame_of, open_image, same_frame
from radalike.sandbox.process import confined, say_ready

KEPT_SECONDS = 60.0

Answer: TypeAlias = tuple[dict[str, Any], bytes]
"""A header, and the bytes behind it: none where they are empty."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The file read last, and what the other side calls its content."""

    content: str
    image: OpenedImage


def main(descriptor: int) -> None:
    connection, setup = confined(descriptor)
    withheld = frozenset(setup["withheld"])
    say_ready(connection)
    kept: Kept | None = None
    while True:
        if not connection.poll(KEPT_SECONDS):
            kept = None
            gc.collect()
        try:
            request = json.loads(connection.recv_bytes())
            data = None
            if kept is None or kept.content != request["content"]:
                kept = None  # before the next one needs the memory
                connection.send_bytes(b'{"missing": true}')
                data = connection.recv_bytes()
        except EOFError:
            return
        kept, (header, block) = _answered(kept, request, data, withheld)
        del data
        connection.send_bytes(json.dumps({**header, "bytes": len(block)}).encode())
        if block:
            connection.send_bytes(block)


def _answered(
    kept: Kept | None, request: dict[str, Any], data: bytes | None, withheld: frozenset[str]
) -> tuple[Kept | None, Answer]:
    """The file that is kept from now on, and the answer."""
    try:
        if data is not None:
            kept = Kept(request["content"], open_image(data))
        if kept is None:
            raise ValueError("a request without a file")
        return kept, _answer(kept.image, request, withheld)
    except ImageRejected as exc:
        return kept, ({"code": exc.code, "reason": str(exc), "hint": exc.hint}, b"")
    except UsageError as exc:
        return kept, ({"usage": str(exc), "hint": exc.hint}, b"")
    except (MemoryError, RecursionError):
        return None, (_rejected(RejectCode.RESOURCE_LIMIT, "over the limits of a decoder"), b"")
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - Rust decoders panic with a BaseException
        return None, (_rejected(RejectCode.PIXEL_DECODE, "its decoder failed"), b"")


def _rejected(code: RejectCode, reason: str) -> dict[str, Any]:
    return {"code": code, "reason": reason, "hint": ""}


def _answer(image: OpenedImage, request: dict[str, Any], withheld: frozenset[str]) -> Answer:
    ask = request["ask"]
    if ask == "describe":
        return {"described": image.described(withheld)}, b""
    if ask == "identify":
        return {"identified": image.identified()}, b""
    frame, rendering = request["frame"], request["rendering"]
    if ask == "render":
        window = tuple(request["window"]) if request["window"] else None
        return _of_pixels(frame_of(image, frame, rendering, window))
    pixels = same_frame(image, frame, rendering, request["known_content"])
    if pixels is None:
        return {"changed": True}, b""
    if ask == "original":
        return _of_pixels(pixels)
    shown = image.shown(pixels, withheld, request["modality"])
    if shown is None:
        return {"withheld": True}, b""
    return {"whole": shown is pixels}, picture(shown, request["longest"])


def _of_pixels(pixels: Pixels) -> Answer:
    return {"shape": pixels.shape}, np.ascontiguousarray(pixels).tobytes()

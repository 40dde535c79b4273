"""What passes between the ingest and a decoding process: JSON headers and raw bytes.

No pickles: a child that a hostile file has taken over can send nothing but data.
A request is a header and, when the source has the bytes already, those bytes.
An answer is a header and one block: every frame's prepared pixels and thumbnail, one after another.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import prod
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from ingest.decoding.archive_reader import Stamp
from ingest.decoding.contents import Local
from ingest.sources.source import ArchiveMember
from radalike.records import Identity, Metadata, Pixels, Term


@dataclass(frozen=True, slots=True)
class DecodedFrame:
    """One rendered frame: its content hash, its full size, the encoder's input, a thumbnail
    (None: withheld).

    Of an image that is read again also: its content hashes by other renderings, and its tiles as
    inputs, by region ("x,y,w,h", pixels).
    """

    number: int
    content: str
    width: int
    height: int
    warnings: tuple[str, ...]
    prepared: Pixels
    thumbnail: bytes | None
    other_contents: tuple[str, ...] = ()
    tiles: tuple[tuple[str, Pixels], ...] = ()


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file that holds images. identity, metadata: a DICOM file's own; None for a raster.

    evidence: JSON of what modality and anatomy were read from. kept: its identifiers by keyword,
    where they are to be kept.
    """

    frames: tuple[DecodedFrame, ...]
    identity: Identity | None
    metadata: Metadata | None
    evidence: str | None = None
    kept: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is no image and never claimed to be one."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """identity: whom a DICOM file says it is of, all the same."""

    code: str
    reason: str
    identity: Identity | None = None


Outcome = Decoded | Skipped | Rejected


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be decoded, and what its source says of it (see SourceItem). frames: of a file
    that is read again, those that are wanted."""

    content: Local
    dataset: str
    claims_image: bool = False
    stamp: Stamp | None = None
    frames: tuple[int, ...] = ()


def send_request(connection: Connection, request: Request) -> None:
    content = request.content
    header: dict[str, Any] = {"dataset": request.dataset, "claims_image": request.claims_image}
    if request.frames:
        header["frames"] = request.frames
    if request.stamp is not None:
        header["stamp"] = [request.stamp.size, request.stamp.modified_ns]
    if isinstance(content, ArchiveMember):
        header |= {"path": str(content.archive), "member": content.index}
    elif isinstance(content, Path):
        header["path"] = str(content)
    connection.send_bytes(json.dumps(header).encode())
    if isinstance(content, bytes):
        connection.send_bytes(content or b"\0")


def receive_request(connection: Connection) -> Request:
    """Raises EOFError when the ingest is done."""
    header = json.loads(connection.recv_bytes())
    content: Local
    if "member" in header:
        content = ArchiveMember(Path(header["path"]), header["member"])
    elif "path" in header:
        content = Path(header["path"])
    else:
        content = connection.recv_bytes()
    stamp = Stamp(*header["stamp"]) if "stamp" in header else None
    frames = tuple(header.get("frames", ()))
    return Request(content, header["dataset"], header["claims_image"], stamp, frames)


def send_outcome(connection: Connection, outcome: Outcome) -> None:
    match outcome:
        case Skipped():
            connection.send_bytes(b'{"skipped": true}')
        case Rejected(code, reason, whose):
            said = {"code": code, "reason": reason, "identity": asdict(whose) if whose else None}
            connection.send_bytes(json.dumps(said).encode())
        case Decoded(frames, identity, metadata, evidence, kept):
            header = {
                "frames": [_frame_header(frame) for frame in frames],
                "identity": asdict(identity) if identity else None,
                "metadata": asdict(metadata) if metadata else None,
                "evidence": evidence,
                "kept": kept,
            }
            blocks: list[Any] = []
            for frame in frames:
                blocks += [np.ascontiguousarray(frame.prepared), frame.thumbnail or b""]
                blocks += [np.ascontiguousarray(tile) for _, tile in frame.tiles]
            _send_both(connection, json.dumps(header).encode(), b"".join(blocks))


def _send_both(connection: Connection, header: bytes, block: bytes) -> None:
    """Two messages by one call of the system: who waits for them is woken once. Each with its
    length before it, as `Connection.send_bytes` does it."""
    lengths = (struct.pack("!i", len(message)) for message in (header, block))
    rest = b"".join((next(lengths), header, next(lengths), block))
    while rest:
        rest = rest[os.write(connection.fileno(), rest) :]


def receive_outcome(connection: Connection) -> Outcome:
    """Raises EOFError or OSError when the child is gone; ValueError, KeyError or TypeError when it
    sent what is no outcome."""
    header = json.loads(connection.recv_bytes())
    try:
        if "skipped" in header:
            return Skipped()
        identity = Identity(**header["identity"]) if header["identity"] else None
        if "code" in header:
            return Rejected(header["code"], header["reason"], identity)
        block = connection.recv_bytes()
        metadata = _metadata(header["metadata"]) if header["metadata"] else None
        given = header.get("kept")
        kept = {str(name): str(value) for name, value in given.items()} if given else None
        frames = _frames(header["frames"], block)
        return Decoded(frames, identity, metadata, header["evidence"], kept)
    except (AttributeError, IndexError, OverflowError) as exc:
        raise ValueError("no answer of a decoding process") from exc


def _frame_header(frame: DecodedFrame) -> dict[str, Any]:
    return {
        "number": frame.number,
        "content": frame.content,
        "width": frame.width,
        "height": frame.height,
        "warnings": frame.warnings,
        "shape": frame.prepared.shape,
        "thumbnail": None if frame.thumbnail is None else len(frame.thumbnail),
        "other_contents": frame.other_contents,
        "tiles": [(region, tile.shape) for region, tile in frame.tiles],
    }


def _frames(headers: Sequence[dict[str, Any]], block: bytes) -> tuple[DecodedFrame, ...]:
    rest, frames = _Block(block), []
    for header in headers:
        prepared = rest.pixels(header["shape"])
        thumbnail = None if header["thumbnail"] is None else rest.take(header["thumbnail"])
        frames.append(
            DecodedFrame(
                header["number"],
                header["content"],
                header["width"],
                header["height"],
                tuple(header["warnings"]),
                prepared,
                thumbnail,
                tuple(map(str, header["other_contents"])),
                tuple((str(region), rest.pixels(shape)) for region, shape in header["tiles"]),
            )
        )
    return tuple(frames)


class _Block:
    """What has been sent as one block, taken apart from its beginning."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._at = 0

    def pixels(self, shape: Sequence[int]) -> Pixels:
        size = prod(shape)
        found = np.frombuffer(self._block, dtype=np.uint8, count=size, offset=self._at)
        self._at += size
        return found.reshape(tuple(shape))

    def take(self, size: int) -> bytes:
        found = self._block[self._at : self._at + size]
        self._at += size
        return found


def _metadata(fields: dict[str, Any]) -> Metadata:
    terms = {name: Term(**fields.pop(name)) for name in ("modality", "anatomy")}
    return Metadata(**{**fields, "labels": tuple(fields["labels"]), **terms})

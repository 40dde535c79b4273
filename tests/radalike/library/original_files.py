"""Originals of images: files that a test writes, and what a library keeps of where they are."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from radalike.catalog.store import Item
from radalike.imaging.dicom.image import read_dicom, render_frame
from radalike.imaging.preparation import prepare
from radalike.imaging.thumbnails import content_hash
from radalike.library import Library
from radalike.library.search.regions import Region
from radalike.library.writing.writer import NewImage, NewItem
from radalike.records import ImageRecord, Metadata, Pixels
from tests.radalike.imaging.dicom.datasets import dataset, encoded
from tests.radalike.pictures import picture

QUARTER = Region(40, 48, 40, 48)
"""The lower right one of a picture."""


def quarter(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(pixels[48:, 40:])


def png(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def frames_file(path: Path) -> list[Pixels]:
    """Write a DICOM file of three frames; gives what they look like."""
    frames = np.stack([picture("CT", number) for number in (3, 6, 9)])
    path.write_bytes(encoded(dataset(frames, WindowCenter=127.5, WindowWidth=256)))
    image = read_dicom(path.read_bytes())
    assert image is not None
    rendered = [render_frame(image, number).pixels for number in range(3)]
    assert np.abs(np.stack(rendered).astype(int) - frames).max() <= 1
    return rendered


def add_private(library: Library, pixels: Pixels, uri: str, frame: int = 0) -> str:
    """An image whose original is at `uri`, as an ingest keeps it; gives its id."""
    image = library.privacy.identity("file", uri, str(frame))
    height, width = pixels.shape[:2]
    record = ImageRecord(
        id=image,
        content=content_hash(pixels),
        metadata=Metadata(dataset="private"),
        width=width,
        height=height,
        frame=frame,
        locator=library.privacy.seal(uri),
    )
    new = NewImage(record, prepare(pixels, library.spec.preprocessing), None)
    with library.writer() as writer:
        writer.add([NewItem(Item(image, 0, 0, "added", 1), (new,), "private")])
    return image

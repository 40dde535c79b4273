"""`Library.add`: rendered images from Python code, through the same writer as an ingest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from radalike.catalog.chunks import chunks
from radalike.catalog.store import Item
from radalike.imaging.preparation import check_pixels, prepare
from radalike.imaging.thumbnails import content_hash, thumbnail
from radalike.library.privacy.pseudonyms import public_identity
from radalike.library.writing.writer import NewImage, NewItem
from radalike.records import ImageRecord, Metadata, Pixels

if TYPE_CHECKING:
    from radalike.library.library import Library

_BATCH = 128


@dataclass(frozen=True, slots=True)
class ImageInput:
    """A rendered image to add: uint8 pixels, a name that is unique within its dataset (it is
    stored, so it must not identify anybody), and its metadata."""

    name: str
    pixels: Pixels
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class AddReport:
    """Images, by what became of them."""

    added: int
    known: int
    rejected: int


def add_images(library: Library, images: Iterable[ImageInput]) -> AddReport:
    preprocessing = library.spec.preprocessing
    with library.writer() as writer:
        for batch in chunks(images, _BATCH):
            new = []
            for image in batch:
                check_pixels(image.pixels)
                identity = public_identity(image.metadata.dataset, image.name)
                content = content_hash(image.pixels)
                record = ImageRecord(
                    id=identity,
                    content=content,
                    metadata=image.metadata,
                    width=image.pixels.shape[1],
                    height=image.pixels.shape[0],
                    filepath=image.name,
                )
                picture = NewImage(
                    record, prepare(image.pixels, preprocessing), thumbnail(image.pixels)
                )
                item = Item(library.privacy.pseudonym("item", identity), 0, 0, "added", 1)
                new.append(NewItem(item, (picture,), "python", image.name))
            writer.add(new)
    outcomes = writer.outcomes
    return AddReport(outcomes["added"], outcomes["known"], outcomes["rejected"])

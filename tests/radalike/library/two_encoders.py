"""Two encoders of the same dimension that cost nothing, and libraries with vectors of both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.torch_encoder import load_encoder
from radalike.imaging.tiles import tiles_of
from radalike.library import Library
from radalike.library.search.regions import Region, cropped
from radalike.library.vectors.vector_writer import VectorWriter
from radalike.library.writing.additions import ImageInput
from radalike.settings import load_settings
from tests.ingest.small_encoder import CELLS

if TYPE_CHECKING:
    from torch import nn


def bands(_spec: EncoderSpec, _weights: Path) -> nn.Module:
    """The means of 16 horizontal bands."""
    from torch import nn

    return nn.Sequential(nn.AdaptiveAvgPool2d((16, 1)), nn.Flatten())


BANDS = replace(CELLS, id="bands", architecture=f"{__name__}:bands")


def library_of(path: Path, spec: EncoderSpec, **flags: Any) -> Library:
    """The library in `path`, made when it is missing, opened with `spec`."""
    settings = load_settings(library=path, **{"device": "cpu", **flags})
    return Library.open(path, create=True, settings=settings, spec=spec)


def add_vectors(
    library: Library, spec: EncoderSpec, images: Iterable[ImageInput], tiles: str = ""
) -> None:
    """Store what `spec` makes of images that are there already, or of their tiles."""
    encoder = load_encoder(spec, device="cpu")
    ids = {library.get(image).filepath: image for image in library.metadata()}
    stored = replace(spec, tiles=tiles)
    with VectorWriter(
        library.layout, library.catalog, stored, "float32", part_rows=32, part_seconds=60
    ) as writer:
        for image in images:
            height, width = image.pixels.shape[:2]
            parts = (
                [(None, image.pixels)]
                if not tiles
                else [
                    (str(tile), cropped(image.pixels, Region(*tile)))
                    for tile in tiles_of(tiles, width, height)
                ]
            )
            vectors = encoder.encode([pixels for _, pixels in parts])
            regions = [region for region, _ in parts]
            writer.put(ids[image.name], dict(zip(regions, vectors, strict=True)))

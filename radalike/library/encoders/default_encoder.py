"""Switching the encoder that a library is searched with unless another one is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radalike.catalog.coverage import images_with_vectors
from radalike.encoders.spec import as_typed
from radalike.errors import UsageError
from radalike.library.layout import describe
from radalike.library.write_lock import write_lock

if TYPE_CHECKING:
    from radalike.library.library import Library

_BUSY = "wait until it has finished, and run the same again"


def make_default(library: Library) -> None:
    """Make the encoder of `library` its default, durable when this returns. What has the library
    open already goes on with the one it was opened with.

    Raises UsageError while an image has no vector of it, LibraryBusy, StorageFull.
    """
    encoder = library.encoder_id
    with write_lock(library.layout, way_out=_BUSY):
        images = library.catalog.totals()["images"]
        missing = images - images_with_vectors(library.catalog.engine, library.fingerprint)
        if missing:
            name = as_typed(library.spec)
            raise UsageError(
                f"{missing:,} of {images:,} images have no vector of {encoder} yet",
                hint=f"`radalike encode --encoder {name} --make-default` completes it",
                encoder=encoder,
                missing=missing,
            )
        describe(library.layout, encoder)

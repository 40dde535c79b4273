"""The open library that all visitors of one server process share."""

from __future__ import annotations

import logging
from threading import Lock, Thread
from typing import Self

import numpy as np

from radalike.errors import RadalikeError
from radalike.imaging.thumbnails import thumbnail
from radalike.library import Library
from radalike.library.queries import render_bytes
from radalike.records import Pixels, Vectors
from radalike.settings import Settings
from search_ui.visit import UploadedQuery

_log = logging.getLogger(__name__)


class SearchSession:
    """A library that is followed, so that what another process ingests is found, and its encoder
    behind a lock, because an encoder works for one thread at a time."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._encoding = Lock()

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The session on the library of `settings`; its encoder is loaded in the background.

        Raises LibraryNotFound, LibraryTooNew, LibraryError, UnknownName.
        """
        session = cls(Library.open(settings=settings))
        session.library.searcher.follow()
        Thread(target=session.warm_up, name="load-encoder", daemon=True).start()
        return session

    def close(self) -> None:
        with self._encoding:
            self.library.close()

    def uploaded_query(self, data: bytes) -> UploadedQuery:
        """What a search needs of an uploaded file. Raises ImageRejected, EncoderError."""
        # Decoding is under the lock too: it turns warnings, which can quote a file's metadata,
        # into records, and Python can do that for one thread at a time only.
        with self._encoding:
            pixels = render_bytes(data, self.library.spec.rendering)
            vector = self._encoded(pixels)
        height, width = pixels.shape[:2]
        return UploadedQuery(vector, thumbnail(pixels), width, height)

    def warm_up(self) -> None:
        """Load the encoder and run it once, so that no visitor waits for it."""
        try:
            with self._encoding:
                self._encoded(np.full((8, 8), 128, dtype=np.uint8))
        except RadalikeError as exc:  # an upload meets the same error, and shows it
            _log.warning("the encoder cannot be loaded: %s", exc)

    def _encoded(self, pixels: Pixels) -> Vectors:
        vector: Vectors = self.library.encoder.encode([pixels])[0]
        return vector

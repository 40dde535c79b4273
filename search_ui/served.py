"""What all visitors of one server process share: the open library, its encoders, the decoder and
store of uploads, and the jobs that were started."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Event, Lock, Thread
from typing import Self

import numpy as np

from radalike.errors import RadalikeError
from radalike.imaging.thumbnails import content_hash, picture
from radalike.library import Library
from radalike.library.layout import read_key
from radalike.library.search.regions import Region, cropped
from radalike.library.search.uploads import UploadInfo
from radalike.records import Pixels, Vectors
from radalike.settings import Settings
from search_ui.jobs.jobs import Jobs
from search_ui.searching.visit import Shown, UploadedQuery
from search_ui.thumbnails import ThumbnailLinks
from search_ui.upload_store import UploadStore

PICTURE_SIDE = 1024
"""Pixels on the longer side of a query image on the page."""

_UPLOADS_KEPT = 8
_VECTORS_KEPT = 256
_COVERAGE_SECONDS = 5.0
_FIRST_PAGE_SECONDS = 5.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """An encoder that can be searched with. covered: images with a vector of it. embeds: whether
    its model is here, for queries that are not in the library; reads_text: whether it knows
    words."""

    id: str
    covered: int
    images: int
    embeds: bool
    reads_text: bool


class Served:
    """A library that is followed, so that what another process ingests is found, and its encoders
    behind a lock, because an encoder works for one thread at a time."""

    def __init__(self, library: Library) -> None:
        settings = library.settings
        most = settings.upload_mib * 1024**2
        self.library = library
        self.uploads = UploadStore(most, _UPLOADS_KEPT * most)
        self.thumbnails = ThumbnailLinks.of(read_key(library.layout))
        self.jobs = Jobs(settings)
        self._encoding = Lock()
        self._page_shown = Event()
        self._closing = Event()
        self._getting_ready = Thread(target=self.get_ready, name="get-ready", daemon=True)
        self._vectors: OrderedDict[tuple[object, ...], Vectors] = OrderedDict()
        self._encoders: tuple[float, tuple[EncoderChoice, ...]] = (float("-inf"), ())

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The library of `settings`; its encoder is loaded in the background.

        Raises LibraryNotFound, LibraryTooNew, LibraryError, UnknownName.
        """
        served = cls(Library.open(settings=settings))
        served._getting_ready.start()
        return served

    def page_was_shown(self) -> None:
        """Somebody has seen a page."""
        self._page_shown.set()

    def get_ready(self) -> None:
        """What the first page needs; then, when it has been shown, or nobody has come for a few
        seconds, the index and the model: on few cores they would wait for each other."""
        try:
            self.library.image_table.current()
            self._page_shown.wait(timeout=_FIRST_PAGE_SECONDS)
            if self._closing.is_set():
                return
            self.library.searcher.follow()
        except RadalikeError as exc:  # the page meets the same error, and shows it
            _log.warning("the library cannot be made ready: %s", exc)
        self.warm_up()

    def close(self) -> None:
        self._closing.set()
        self._page_shown.set()
        if self._getting_ready.is_alive():  # what it starts would be left behind
            self._getting_ready.join()
        self.jobs.close()
        with self._encoding:
            self.library.close()

    def image_count(self) -> int:
        """Images with a vector of the library's own encoder."""
        return len(self.library.image_table.current())

    # -- encoders --------------------------------------------------------------------------------

    def space(self, encoder: str) -> Library:
        """The library as `encoder` sees it, "" for its own. Raises UnknownName."""
        return self.library.beside(encoder)

    def searched(self, encoder: str) -> Library:
        """The same, where searches find what another process ingests. Raises UnknownName."""
        space = self.space(encoder)
        space.searcher.follow()
        return space

    def encoders(self) -> tuple[EncoderChoice, ...]:
        """Those that images have vectors of, the library's own first."""
        read_at, choices = self._encoders
        if time.monotonic() - read_at > _COVERAGE_SECONDS:
            known = (
                EncoderChoice(
                    each.id,
                    each.covered,
                    each.images,
                    each.weights_here,
                    self.library.beside(each.id).spec.has_text_tower,
                )
                for each in self.library.coverage()
                if each.vectors and not each.tiles and self._is_usable(each.fingerprint, each.id)
            )
            choices = tuple(sorted(known, key=lambda each: each.id != self.library.encoder_id))
            self._encoders = (time.monotonic(), choices)
        return choices

    def _is_usable(self, fingerprint: str, encoder: str) -> bool:
        """Whether the name leads to these very vectors: not those of an older rendering."""
        try:
            return self.library.beside(encoder).fingerprint == fingerprint
        except RadalikeError as exc:  # an encoder of the caller's own, which no name leads to
            _log.info("vectors of %s are not offered: %s", encoder, exc)
            return False

    def encoding(self) -> Lock:
        """Held while a model works."""
        return self._encoding

    def warm_up(self) -> None:
        """Load the encoder and run it once, and calibrate it, so that no visitor waits for it."""
        try:
            self.library.decoder.warm_up()
            with self._encoding:
                self.library.encoder.encode([np.full((8, 8), 128, dtype=np.uint8)])
            self.library.closeness()
        except RadalikeError as exc:  # an upload meets the same error, and shows it
            _log.warning("the encoder cannot be made ready: %s", exc)

    # -- uploads ---------------------------------------------------------------------------------

    def receive(self, data: bytes) -> UploadedQuery:
        """An uploaded file as a query. Raises ImageRejected, UsageError, DecoderUnavailable."""
        token = self.uploads.put(data)
        try:
            info = self.library.decoder.inspect(data)
            shown = Shown(rendering=self.library.spec.rendering)
            pixels = self.library.decoder.render(data, rendering=shown.rendering)
            patient = self.library.decoder.patient(data, self.library.privacy)
        except RadalikeError:
            self.uploads.drop(token)
            raise
        return replace(_as_query(token, info, shown, pixels), patient=patient)

    def look(self, uploaded: UploadedQuery, shown: Shown) -> UploadedQuery:
        """The same upload, looked at in another way. Raises as `receive`."""
        looked = _as_query(uploaded.token, uploaded.info, shown, self._pixels(uploaded, shown))
        return replace(looked, patient=uploaded.patient)

    def vector(self, uploaded: UploadedQuery, region: Region | None, space: Library) -> Vectors:
        """What a search for an upload, or a part of it, asks with: float32, (dimension,).

        Raises EncoderError; UsageError for an upload that is no longer kept.
        """
        key = (uploaded.token, uploaded.shown, region, space.fingerprint)
        known = self._vectors.get(key)
        if known is not None:
            return known
        pixels = self._pixels(uploaded, uploaded.shown)
        if region is not None:
            pixels = cropped(pixels, region)
        with self._encoding:
            vector: Vectors = space.encoder.encode([pixels])[0]
            self._vectors[key] = vector
            while len(self._vectors) > _VECTORS_KEPT:
                self._vectors.popitem(last=False)
        return vector

    def _pixels(self, uploaded: UploadedQuery, shown: Shown) -> Pixels:
        data = self.uploads.get(uploaded.token)
        return self.library.decoder.render(
            data, frame=shown.frame, window=shown.window, rendering=shown.rendering
        )


def _as_query(token: str, info: UploadInfo, shown: Shown, pixels: Pixels) -> UploadedQuery:
    height, width = pixels.shape[:2]
    jpeg, content = picture(pixels, PICTURE_SIDE), content_hash(pixels)
    return UploadedQuery(token, info, shown, jpeg, content, width, height)

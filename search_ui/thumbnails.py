"""Thumbnails by URL: so that the browser loads those in sight, and keeps them.

A URL holds the hash of what it shows, the time until which it is good, and a signature under the
library's key: who has not been shown a thumbnail cannot ask for it.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.library.layout import Layout, read_key
from radalike.records import ImageRecord

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

_PATH = "/thumbnails/{content:str}/{until:int}/{signature:str}"
_GOOD_SECONDS = 12 * 3600
_CACHE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class ThumbnailLinks:
    """secret: what URLs are signed with."""

    secret: bytes

    @classmethod
    def of(cls, key: bytes) -> ThumbnailLinks:
        """key: the library's."""
        return cls(hmac.digest(key, b"radalike search page thumbnails", "sha256"))

    def url(self, record: ImageRecord, now: float | None = None) -> str | None:
        """Where the record's thumbnail is; None when it has none. The same for hours, so that a
        browser finds it in its cache."""
        if not record.thumbnail:
            return None
        moment = time.time() if now is None else now
        until = int((moment // _GOOD_SECONDS + 2) * _GOOD_SECONDS)
        return f"/thumbnails/{record.content}/{until}/{self._signature(record.content, until)}"

    def good(self, content: str, until: int, signature: str, now: float | None = None) -> bool:
        moment = time.time() if now is None else now
        expected = self._signature(content, until)
        return moment < until and hmac.compare_digest(expected.encode(), signature.encode())

    def _signature(self, content: str, until: int) -> str:
        message = f"{content}\0{until}".encode()
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()[:32]


def thumbnail_route(library: Path) -> Route:
    """The route that answers the links of the library in folder `library`."""
    from starlette.responses import FileResponse, PlainTextResponse
    from starlette.routing import Route

    layout = Layout(library)

    def thumbnail(request: Request) -> Response:
        content, signature = (request.path_params[name] for name in ("content", "signature"))
        # The library may be made, or put back from a backup, while the server runs.
        links = ThumbnailLinks.of(read_key(layout)) if layout.key.exists() else None
        if links is None or not links.good(content, request.path_params["until"], signature):
            return PlainTextResponse("this link is not, or no longer, good", status_code=403)
        path = layout.thumbnail(content)
        if not path.is_file():
            return PlainTextResponse("this image is no longer in the library", status_code=404)
        return FileResponse(
            path,
            media_type="image/jpeg",
            headers={"Cache-Control": f"private, max-age={_CACHE_SECONDS}"},
        )

    return Route(_PATH, thumbnail, methods=["GET"])

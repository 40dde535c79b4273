"""One or two pictures to look at closely: zoom, window, side by side, and a region drawn.

All of it happens in the browser, in the files beside this one; only a region that was drawn comes
back.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from radalike.errors import UsageError
from search_ui.components.messages import show_error

Region = tuple[float, float, float, float]
"""Left edge, upper edge, width and height, as fractions of the picture's width and height."""

# Corners are rounded to a millionth in the browser, which is far below a pixel.
_ROUNDING = 2e-6


@dataclass(frozen=True)
class ViewedPicture:
    """A picture, either `jpeg` (the file) or `url` (this server's own, or a data URL).

    `words` stand for the picture where it is not seen, `heading` is above it; both are shown as
    text, whatever they hold. `width` and `height` are in pixels: at 1:1 each of them takes one
    pixel of the screen, also where the JPEG is smaller.
    Raises UsageError when there is not exactly one source, or no size.
    """

    words: str
    heading: str
    width: int
    height: int
    jpeg: bytes | None = None
    url: str | None = None

    def __post_init__(self) -> None:
        if (self.jpeg is None) == (self.url is None):
            raise UsageError("a picture has either a JPEG file or a URL", hint="give one of them")
        if self.width < 1 or self.height < 1:
            raise UsageError("a picture has at least one pixel", hint="give its size in pixels")
        if self.url is not None and not _own(self.url):
            raise UsageError(
                "a picture comes from this server only", hint="give a path such as /pictures/…"
            )

    @property
    def source(self) -> str:
        """What an <img> takes: the URL, or the file as one."""
        if self.jpeg is None:
            return self.url or ""
        return f"data:image/jpeg;base64,{base64.b64encode(self.jpeg).decode()}"


def viewer(
    pictures: Sequence[ViewedPicture],
    *,
    key: str,
    region: Region | None = None,
    draws_region: bool = False,
    on_region: Callable[[Region | None], None] | None = None,
    height: int = 420,
) -> None:
    """Show one or two pictures, each in a frame `height` CSS pixels high.

    `region` is drawn on the first. With `draws_region` it can be marked there, and `on_region` is
    called, before the page runs again, with the new one or with None for the whole picture. Zoom
    and window stay through a rerun as long as the first picture is the same. Not for a form: what
    is marked there does not arrive.
    Raises UsageError for no or more than two pictures, and for a region outside of the picture.
    """
    if not 1 <= len(pictures) <= 2:
        raise UsageError(
            f"the viewer shows one or two pictures, not {len(pictures)}", hint="choose two"
        )

    def report() -> None:
        try:
            marked = region_from_browser(st.session_state[key].region)
        except UsageError as error:
            show_error(error)
            return
        if on_region is not None:
            on_region(marked)

    _mount(
        key=key,
        data={
            "pictures": [_described(picture) for picture in pictures],
            "region": None if region is None else list(checked_region(region)),
            "drawsRegion": draws_region,
            "height": height,
        },
        on_region_change=report if draws_region else None,
    )


def region_from_browser(sent: object) -> Region | None:
    """The region in `{"region": [x, y, width, height]}`, or None where it holds null.

    Raises UsageError for everything else: what a browser sends can be anything.
    """
    if not isinstance(sent, dict) or "region" not in sent:
        raise _no_region()
    return None if sent["region"] is None else checked_region(sent["region"])


def checked_region(region: object) -> Region:
    """`region` when it is four finite fractions of a rectangle inside the picture.

    Raises UsageError when it is not.
    """
    if not isinstance(region, list | tuple) or len(region) != 4:
        raise _no_region()
    if not all(isinstance(part, int | float) and not isinstance(part, bool) for part in region):
        raise _no_region()
    if not all(0 <= part <= 1 for part in region):  # not so for NaN and the infinities either
        raise _no_region()
    x, y, width, height = (float(part) for part in region)
    if max(x + width, y + height) > 1 + _ROUNDING:
        raise _no_region()
    width, height = min(width, 1 - x), min(height, 1 - y)
    if min(width, height) <= 0:
        raise _no_region()
    return x, y, width, height


def _no_region() -> UsageError:
    return UsageError("the region does not lie in the picture", hint="mark it again")


def _own(url: str) -> bool:
    """Whether a browser asks nobody but this server for `url`. It reads a backslash as a slash."""
    parts = urlsplit(url.replace("\\", "/"))
    return url.startswith("data:image/") or not (parts.scheme or parts.netloc)


def _described(picture: ViewedPicture) -> dict[str, str | int]:
    return {
        "source": picture.source,
        "words": picture.words,
        "heading": picture.heading,
        "width": picture.width,
        "height": picture.height,
    }


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


# Not in a shadow tree: the Tab key would pass it by in a dialog.
_mount = st.components.v2.component(
    "radalike_viewer",
    html=_beside("viewer.html"),
    css=_beside("viewer.css"),
    js=_beside("picture_frame.js") + _beside("region_marking.js") + _beside("viewer.js"),
    isolate_styles=False,
)

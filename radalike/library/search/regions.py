"""Parts of pictures: to ask with, and to be found, as tiles that `radalike encode` stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from radalike.errors import UsageError
from radalike.records import Hit, Pixels

_HOW = "write x,y,width,height: pixels from the upper left corner, or fractions from 0 to 1"


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of a rendered image at its full size; (x, y) is its upper left corner.

    In pixels, or, when no number is above 1, in fractions of the image's width and height. So
    `Region(0, 0, 1, 1)` is the whole image.
    """

    x: float
    y: float
    width: float
    height: float

    def __str__(self) -> str:
        return ",".join(f"{each:g}" for each in (self.x, self.y, self.width, self.height))

    def box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) in pixels of an image of that size, right and bottom not
        included; edges between two pixels go to the nearest.

        Raises UsageError when it is empty or leads out of the image.
        """
        edges = np.array([self.x, self.y, self.x + self.width, self.y + self.height])
        if max(self.x, self.y, self.width, self.height) <= 1:
            edges *= [width, height, width, height]
        if not np.isfinite(edges).all():
            raise UsageError(f"the region {self} is not finite", hint=_HOW)
        left, top, right, bottom = (round(each) for each in edges.tolist())
        if left < 0 or top < 0 or right > width or bottom > height:
            problem = "leads out of the image"
        elif left >= right or top >= bottom:
            problem = "is empty"
        else:
            return left, top, right, bottom
        raise UsageError(
            f"the region {self} {problem}; the image has {width} x {height} pixels",
            hint=_HOW,
            width=width,
            height=height,
        )


def parse_region(text: str) -> Region:
    """`x,y,width,height`. Raises UsageError."""
    try:
        x, y, width, height = (float(each) for each in text.split(","))
    except ValueError as exc:
        raise UsageError(f"{text!r} is no region", hint=_HOW) from exc
    return Region(x, y, width, height)


def cropped(pixels: Pixels, region: Region) -> Pixels:
    """That part of `pixels`, (h, w) or (h, w, 3). Raises UsageError as `Region.box` does."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = region.box(width, height)
    return np.ascontiguousarray(pixels[top:bottom, left:right])


def best_of_each_image(
    fetch: Callable[[int], Sequence[Hit]], limit: int, own: str | None
) -> tuple[Hit, ...]:
    """The best tile of each of the `limit` best images but `own`, as hits whose id is the image's.

    `fetch(n)` gives the n best tiles, of which many can be of one image: then more are fetched.
    """
    asked = 2 * limit
    while True:
        hits = fetch(asked)
        best: dict[str, Hit] = {}
        for hit in hits:
            image = str(hit.payload["image"])
            if image != own:
                best.setdefault(image, Hit(image, hit.score, hit.payload))
        if len(best) >= limit or len(hits) < asked:
            return tuple(best.values())[:limit]
        asked *= 2

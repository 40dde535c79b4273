"""Cutting images into a grid of tiles, so that a region can be found among regions."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from radalike.errors import UsageError
from radalike.records import Pixels

MOST_A_SIDE = 4


class Tile(NamedTuple):
    """A rectangle of a frame, in pixels: its left upper corner, width and height."""

    x: int
    y: int
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"

    def of(self, pixels: Pixels) -> Pixels:
        """That part of a frame's `pixels`, (h, w) or (h, w, 3)."""
        rows = slice(self.y, self.y + self.height)
        return np.ascontiguousarray(pixels[rows, self.x : self.x + self.width])


def grid_of(tiles: str) -> tuple[int, int]:
    """Rows and columns of `ROWSxCOLUMNS`. Raises UsageError unless both are 1 to MOST_A_SIDE, and
    there are at least two tiles."""
    found = re.fullmatch(r"([1-9])x([1-9])", tiles)
    rows, columns = (int(number) for number in found.groups()) if found else (0, 0)
    if not found or max(rows, columns) > MOST_A_SIDE or rows * columns < 2:
        raise UsageError(
            f"{tiles!r} is no grid of tiles",
            hint=f"write ROWSxCOLUMNS, up to {MOST_A_SIDE}x{MOST_A_SIDE}: 2x2",
        )
    return rows, columns


def tiles_of(tiles: str, width: int, height: int) -> tuple[Tile, ...]:
    """The tiles of a frame of `width` x `height` pixels, row by row. They cover it, do not overlap,
    and differ by a pixel at most; a side with fewer pixels than tiles has fewer of them."""
    rows, columns = grid_of(tiles)
    return tuple(
        Tile(left, top, right - left, bottom - top)
        for top, bottom in _cuts(height, rows)
        for left, right in _cuts(width, columns)
    )


def _cuts(extent: int, parts: int) -> list[tuple[int, int]]:
    parts = min(parts, extent)
    ends = [extent * number // parts for number in range(parts + 1)]
    return list(pairwise(ends))

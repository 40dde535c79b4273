"""Grids of tiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.errors import UsageError
from radalike.imaging.tiles import MOST_A_SIDE, Tile, grid_of, tiles_of

sides = st.integers(1, MOST_A_SIDE)


def test_a_small_one() -> None:
    assert tiles_of("2x3", 7, 5) == (
        Tile(0, 0, 2, 2),
        Tile(2, 0, 2, 2),
        Tile(4, 0, 3, 2),
        Tile(0, 2, 2, 3),
        Tile(2, 2, 2, 3),
        Tile(4, 2, 3, 3),
    )
    assert str(tiles_of("2x3", 7, 5)[5]) == "4,2,3,3"


@given(rows=sides, columns=sides, width=st.integers(1, 70), height=st.integers(1, 70))
def test_they_cover_the_frame_once(rows: int, columns: int, width: int, height: int) -> None:
    if rows * columns == 1:
        return
    covered = np.zeros((height, width), dtype=np.uint8)
    tiles = tiles_of(f"{rows}x{columns}", width, height)
    for tile in tiles:
        part = covered[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
        assert part.size == tile.width * tile.height > 0
        part += 1
    assert (covered == 1).all()
    assert len(tiles) == min(rows, height) * min(columns, width)
    assert max(tile.width for tile in tiles) - min(tile.width for tile in tiles) <= 1
    assert max(tile.height for tile in tiles) - min(tile.height for tile in tiles) <= 1


@pytest.mark.parametrize("colour", [False, True])
def test_their_pixels(colour: bool) -> None:
    pixels = np.arange(20 * 10 * 3, dtype=np.uint8).reshape(20, 10, 3)
    pixels = pixels if colour else pixels[..., 0]
    part = Tile(2, 5, 4, 6).of(pixels)
    assert np.array_equal(part, pixels[5:11, 2:6])
    assert part.flags.c_contiguous


def test_what_is_no_grid() -> None:
    assert grid_of("4x1") == (4, 1)
    for wrong in ("", "2", "1x1", "0x2", "5x1", "2x5", "2X2", "-1x2", "2x2x2", "٢x٢"):
        with pytest.raises(UsageError, match="no grid") as caught:
            grid_of(wrong)
        assert "2x2" in caught.value.hint

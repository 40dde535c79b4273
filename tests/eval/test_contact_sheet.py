from __future__ import annotations

import io

import numpy as np
from PIL import Image

from eval.contact_sheet import GAP, MARGIN, SIDE, Mark, Section, Tile, contact_sheet


def jpeg(colour: tuple[int, int, int], size: tuple[int, int] = (40, 20)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, format="PNG")
    return buffer.getvalue()


def pixels(*tiles: Tile, title: str = "t") -> np.ndarray:
    sheet = contact_sheet(title, [Section("class", "remark", (tiles,))])
    return np.asarray(Image.open(io.BytesIO(sheet)))


def rgb(mark: Mark) -> tuple[int, ...]:
    return tuple(bytes.fromhex(mark.value[1:]))


def test_pictures_stand_in_frames_of_what_they_are() -> None:
    picture = jpeg((250, 20, 200))
    drawn = pixels(
        Tile(picture, ("query",), Mark.QUERY),
        Tile(picture, ("hit",), Mark.HIT),
        Tile(picture, ("miss",), Mark.MISS),
    )
    assert drawn.shape[1] == 2 * MARGIN + 3 * SIDE + 2 * GAP
    for place, mark in enumerate((Mark.QUERY, Mark.HIT, Mark.MISS)):
        left = MARGIN + place * (SIDE + GAP)
        column = drawn[:, left + SIDE // 2]
        assert (column == rgb(mark)).all(axis=1).sum() >= 8  # above and below
        assert (column == (250, 20, 200)).all(axis=1).sum() > SIDE // 3


def test_what_has_no_picture_says_so() -> None:
    without = pixels(Tile(None, ("x",), Mark.HIT))
    broken = pixels(Tile(b"no image", ("x",), Mark.HIT))
    cut = pixels(Tile(jpeg((1, 2, 3))[:50], ("x",), Mark.HIT))
    assert without.shape == broken.shape
    assert not (without == broken).all()  # other words
    assert (broken == cut).all()


def test_long_lines_are_cut_and_long_titles_widen_the_sheet() -> None:
    narrow = pixels(Tile(None, ("x" * 300,), Mark.HIT))
    tile = MARGIN + SIDE
    assert (narrow[:, tile + 1 :] == narrow[0, 0]).all()  # nothing beside the tile
    assert pixels(Tile(None, ("x",), Mark.HIT), title="w" * 80).shape[1] > narrow.shape[1]


def test_the_same_content_gives_the_same_sheet() -> None:
    sections = [Section("Größe, Ωmega, β", "", ((Tile(None, (), Mark.MISS),), ()))]
    assert contact_sheet("t", sections) == contact_sheet("t", sections)
    assert contact_sheet("nothing", [])

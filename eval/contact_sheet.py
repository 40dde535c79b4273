"""Contact sheets: rows of small pictures with a line below each, as PNG.

Nothing is written on one but what the caller says; it says no identifiers.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

SIDE = 150
"""Of a picture, in pixels."""

FRAME, GAP, MARGIN, LINE = 4, 12, 20, 18

INK, PAPER, TILE, MUTED = "#24292e", "#f4f5f6", "#d9dcdf", "#5d666e"


class Mark(Enum):
    """What a picture is; its frame has the colour, so its line should have the word."""

    QUERY = "#5d666e"
    HIT = "#00805a"
    MISS = "#c4501b"


@dataclass(frozen=True, slots=True)
class Tile:
    """picture: bytes of an image file; None where there is none. lines: below it, cut to fit."""

    picture: bytes | None
    lines: tuple[str, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of tiles under a title and a remark."""

    title: str
    remark: str
    rows: tuple[tuple[Tile, ...], ...]


def contact_sheet(title: str, sections: Sequence[Section]) -> bytes:
    """The sheet as PNG; the same for the same content."""
    from PIL import Image, ImageDraw

    body, bold = _font("DejaVuSans.ttf", 12), _font("DejaVuSans-Bold.ttf", 15)
    most = max((len(row) for section in sections for row in section.rows), default=1)
    titles = [title, *(section.title for section in sections)]
    widest = max(
        *(bold.getlength(line) for line in titles),
        *(body.getlength(section.remark) for section in sections),
        0.0,
    )
    width = 2 * MARGIN + max(most * (SIDE + GAP) - GAP, math.ceil(widest))
    height = 2 * MARGIN + 2 * LINE + sum(map(_height, sections))
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, MARGIN), title, fill=INK, font=bold)
    y = MARGIN + 2 * LINE
    for section in sections:
        draw.text((MARGIN, y), section.title, fill=INK, font=bold)
        draw.text((MARGIN, y + LINE + 2), section.remark, fill=MUTED, font=body)
        y += 3 * LINE
        for row in section.rows:
            for place, tile in enumerate(row):
                _draw_tile(sheet, draw, tile, MARGIN + place * (SIDE + GAP), y, body)
            y += _row_height(row)
        y += LINE
    buffer = io.BytesIO()
    sheet.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def _height(section: Section) -> int:
    return 4 * LINE + sum(map(_row_height, section.rows))


def _row_height(row: Sequence[Tile]) -> int:
    return SIDE + GAP + LINE * max((len(tile.lines) for tile in row), default=0)


def _draw_tile(
    sheet: Image, draw: ImageDraw, tile: Tile, x: int, y: int, font: FreeTypeFont
) -> None:
    from PIL import ImageOps

    inner = SIDE - 2 * FRAME
    draw.rectangle(
        (x, y, x + SIDE - 1, y + SIDE - 1), fill=TILE, outline=tile.mark.value, width=FRAME
    )
    picture = _opened(tile.picture)
    if picture is None:
        said = "no picture" if tile.picture is None else "picture unreadable"
        at = (x + SIDE // 2, y + SIDE // 2)
        draw.text(at, said, fill=MUTED, font=font, anchor="mm")
    else:
        fitted = ImageOps.contain(picture, (inner, inner))
        left, top = ((SIDE - side) // 2 for side in fitted.size)
        draw.rectangle(
            (x + FRAME, y + FRAME, x + SIDE - FRAME - 1, y + SIDE - FRAME - 1), fill="black"
        )
        sheet.paste(fitted, (x + left, y + top))
    for number, line in enumerate(tile.lines):
        at = (x, y + SIDE + 3 + number * LINE)
        draw.text(at, _cut(line, font), fill=INK, font=font)


def _opened(picture: bytes | None) -> Image | None:
    from PIL import Image

    if picture is None:
        return None
    try:
        return Image.open(io.BytesIO(picture)).convert("RGB")
    except (OSError, SyntaxError, ValueError):
        return None  # the tile says so


def _cut(line: str, font: FreeTypeFont) -> str:
    """The end of a line that is too long: of a label's path it says the most."""
    if font.getlength(line) <= SIDE:
        return line
    while line and font.getlength("…" + line) > SIDE:
        line = line[1:]
    return "…" + line


def _font(name: str, size: int) -> FreeTypeFont:
    """Matplotlib brings DejaVu, which has more scripts than Pillow's own."""
    import matplotlib
    from PIL import ImageFont

    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, size)

"""The radiograph of a chest from the side: 0 is black (air), 1 is white (dense bone)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ingest.phantoms.anatomy.chest import Chest, hollow
from ingest.phantoms.drawing import (
    Field,
    Point,
    blur,
    curve,
    ellipse,
    moved,
    paint,
    resized,
    tube,
)

_TRUNK = [
    (-40, -240), (-62, -150), (-112, -90), (-128, 10), (-124, 110), (-120, 260), (136, 260),
    (146, 100), (158, -30), (136, -140), (74, -196), (62, -240),
]  # fmt: skip
_AORTA = [(-24, -30), (-18, -72), (18, -92), (52, -66), (62, 10), (70, 100)]
_TRACHEA = [(2, -220), (10, -140), (20, -66)]
_STERNUM = [(-62, -122), (-92, -70), (-112, 0), (-114, 56)]
_RIB = [(104, -24), (118, 6), (66, 34), (0, 56), (-70, 66)]
_ARMS = [(-20, -250), (30, -170), (46, -150)]
_VERTEBRA = [(-15, -9), (0, -8), (15, -9), (13, 0), (15, 9), (0, 8), (-15, 9), (-13, 0)]


def draw_lateral(chest: Chest) -> Field:
    """The view from the side, the spine on the right: float32, (rows, columns), in [0, 1]."""
    plane = chest.plane
    size = (chest.width, chest.height)
    low = chest.breath
    image = plane.blank(0.02)
    body = plane.fill(curve(_TRUNK, closed=True) * size, soften=2.0)
    paint(image, body, 0.34 + 0.22 * blur(body, 26))
    lung = [
        (-8, -150), (-58, -120), (-92, -50), (-104, 30), (-100, 84 + low), (-60, 74 + low),
        (0, 82 + low), (60, 108 + low), (104, 150 + low), (114, 80), (112, -20), (92, -100),
        (44, -148),
    ]  # fmt: skip
    lungs = plane.fill(curve(lung, closed=True) * size, soften=2.5)
    paint(image, lungs, 0.27 - 0.10 * blur(lungs, 16))
    for mask, whiteness in (*_soft_parts(chest, lungs, size), *_skeleton(chest, size)):
        image += mask * body * whiteness * (1 - 0.4 * image)
    if chest.nodule is not None:
        _, y, radius = chest.nodule
        image += 0.16 * plane.fill(ellipse((46, y), (radius, radius)), soften=2.0) * lungs
    return np.clip(image, 0, 1)


def _soft_parts(chest: Chest, lungs: Field, size: Point) -> Iterator[tuple[Field, float]]:
    plane, low, grown = chest.plane, chest.breath, chest.heart
    heart = [
        (-92, 84), (-84, 30), (-52, -8), (-10, -26), (24 * grown, 4), (34 * grown, 50), (20, 86),
    ]  # fmt: skip
    outline = curve(heart, closed=True) * size
    yield plane.fill(outline, soften=3.5) * (0.35 + 0.65 * lungs), 0.32
    yield plane.fill(tube(curve(_AORTA) * size, [15, 14, 13, 12, 12, 12]), soften=3.0), 0.11
    yield plane.fill(tube(curve(_TRACHEA), 8), soften=2.0), -0.14
    hila = [ellipse((14, -34), (19, 15), 0.3, (0.1, 0.1)), ellipse((22, -12), (10, 16))]
    yield plane.fill(*hila, soften=3.0), 0.16
    second_dome = [
        (-98, 96 + low), (-50, 66 + low), (10, 72 + low), (64, 100 + low), (104, 160 + low),
        (100, 220), (-98, 220),
    ]  # fmt: skip
    yield plane.fill(curve(second_dome, closed=True) * size, soften=2.0), 0.16
    yield plane.fill(tube(np.array(_ARMS) * size, [30, 28, 22]), soften=4.0), 0.16


def _skeleton(chest: Chest, size: Point) -> Iterator[tuple[Field, float]]:
    plane = chest.plane
    heights = np.arange(-190, 240, 22.0)
    bulge = 84 + 26 * np.cos((heights - 20) / 130)  # the curve of the thoracic spine
    vertebra = curve(_VERTEBRA, closed=True)
    column = [vertebra + place for place in np.stack([bulge, heights], axis=1) * size]
    inner = plane.fill(*[resized(outline, 0.7) for outline in column], soften=1.5)
    yield plane.fill(*column, soften=1.0) - np.float32(0.4) * inner, 0.22
    yield hollow(plane, [curve(_STERNUM) * size], np.array([7, 5.5, 5, 4.5])), 0.30
    ribs = [moved(curve(_RIB), (0, y)) * size for y in np.arange(-124, 110, 25.0).tolist()]
    yield blur(hollow(plane, ribs, np.array([4.5, 5, 4.5, 3.5, 1.8])), 1.0), 0.10

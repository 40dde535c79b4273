"""An abdomen in axial slices, in Hounsfield units: its wall, its bones and what they hold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ingest.phantoms.anatomy.abdomen import Abdomen
from ingest.phantoms.anatomy.viscera import viscera
from ingest.phantoms.drawing import (
    Field,
    Plane,
    Values,
    curve,
    ellipse,
    fade,
    moved,
    paint,
    resized,
    step,
    tube,
)

_AIR = -1000.0
_SKIN = 20.0
_FAT = -105.0
_MUSCLE = 58.0
_BONE = 420.0
_MARROW = 190.0
_CORD = 28.0
_TABLE = -20.0

# A vertebra, seen from above, round the middle of its body (mm).
_VERTEBRAL_BODY = [
    (-19, -6), (-13, -15), (0, -17), (13, -15), (19, -6), (17, 9), (0, 12), (-17, 9),
]  # fmt: skip
_ARCH = [(14, 8), (15, 20), (6, 30), (0, 34)]
_TRANSVERSE_PROCESS = [(14, 19), (30, 22), (40, 25)]
_SPINOUS_PROCESS = [(0, 30), (0, 40), (0, 48)]


def draw_abdomen(abdomen: Abdomen, level: float) -> Field:
    """The slice at `level`, 0 at the dome of the liver and 1 below the kidneys, in HU after
    contrast medium: float32, (rows, columns)."""
    image = abdomen.plane.blank(_AIR)
    for mask, attenuation in _layers(abdomen, level):
        paint(image, mask, attenuation)
    return image


def _layers(abdomen: Abdomen, level: float) -> Iterator[tuple[Field, float | Values]]:
    plane = abdomen.plane
    x, y = plane.coordinates()
    half_width = abdomen.half_width * (1 - 0.05 * level)
    half_depth = abdomen.half_depth * (1 - 0.06 * level)
    # A superellipse, flatter behind than in front.
    across = np.abs(x) / half_width
    down = np.abs(y) * np.where(y > 0, 1.06, 1.0) / half_depth
    depth = (1 - (across**2.4 + down**2.4) ** (1 / 2.4)) * (half_width + half_depth) / 2
    turn = 2.2 * level
    mottle = np.cos(turn) * abdomen.folds[0] + np.sin(turn) * abdomen.folds[1]

    table = np.abs(y - half_depth - 5 + x**2 / 1500)
    yield step(1.2 - table, 2.0) * step(190 - np.abs(x)), _TABLE
    yield step(depth), _SKIN
    yield step(depth - 2.2), _FAT
    # Fat is thicker in front and at the flanks than over the spine.
    wall = depth - 2.2 - abdomen.fat * (0.75 - 0.3 * y / half_depth) + 1.5 * mottle
    yield step(wall), _MUSCLE
    yield step(1.1 - np.abs(wall - 6.0)), _FAT / 2
    inside = wall - 12
    yield step(inside), _FAT + 10 + 9 * mottle
    size = (half_width - 0.75 * abdomen.fat - 14, half_depth - 0.75 * abdomen.fat - 14)
    cavity = step(inside - 1.5)
    yield from _muscles(plane, size[1], level)
    yield from _ribs(plane, size, level)
    for mask, value in viscera(abdomen, level, size, mottle):
        yield mask * cavity, value
    yield from _vertebra(plane, 0.40 * size[1])


def _muscles(plane: Plane, half_depth: float, level: float) -> Iterator[tuple[Field, float]]:
    erectors = [ellipse((side * 34, 0.78 * half_depth), (29, 19), side * 0.12) for side in (-1, 1)]
    yield plane.fill(*erectors, soften=1.5), _MUSCLE + 4
    psoas = 17 * fade(level, 0.4, 2, 0.5)
    if psoas > 3:
        pair = [
            ellipse((side * 38, 0.42 * half_depth), (psoas, 1.25 * psoas), side * 0.3)
            for side in (-1, 1)
        ]
        yield plane.fill(*pair, soften=1.2), _MUSCLE + 2


def _ribs(plane: Plane, size: tuple[float, float], level: float) -> Iterator[tuple[Field, float]]:
    # Ribs run forwards and down: a slice cuts each where it passes, further back lower down.
    angles = np.arange(-0.75, 1.35, 0.36) + 0.25 * level
    cuts = [
        ellipse(
            (side * (size[0] + 7) * np.cos(angle), (size[1] + 7) * np.sin(angle)),
            (9, 4.2),
            side * (angle + np.pi / 2),
        )
        for angle in angles[angles > level - 0.9].tolist()
        for side in (-1, 1)
    ]
    yield plane.fill(*cuts, soften=0.8), _BONE
    yield plane.fill(*[resized(cut, 0.2) for cut in cuts], soften=2.0), _MARROW


def _vertebra(plane: Plane, y: float) -> Iterator[tuple[Field, float]]:
    body = moved(curve(_VERTEBRAL_BODY, closed=True), (0, y))
    processes = [tube(moved(curve(_SPINOUS_PROCESS), (0, y)), [4, 3.2, 3.5])]
    for side in (-1, 1):
        for path, radii in ((_ARCH, [4, 5, 3.5, 4]), (_TRANSVERSE_PROCESS, [5, 3, 2.5])):
            processes.append(tube(moved(curve(path) * (side, 1), (0, y)), radii))
    yield plane.fill(ellipse((0, y + 19), (11, 10))), _CORD
    yield plane.fill(body, *processes, soften=0.8), _BONE
    yield plane.fill(resized(body, 0.86), soften=1.5), _MARROW
    yield plane.fill(ellipse((0, y + 19), (8.5, 7)), soften=1.0), _CORD

"""The organs of an abdomen in axial slices, in Hounsfield units after contrast medium.

Outlines are in units of the peritoneal half-axes, x towards the patient's left.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ingest.phantoms.anatomy.abdomen import LENGTH, Abdomen
from ingest.phantoms.drawing import (
    Field,
    Outline,
    Point,
    Values,
    curve,
    ellipse,
    fade,
    mirror,
    moved,
    resized,
    step,
    tube,
)

_GAS = -950.0
_LUNG = -850.0
_LIVER = 112.0
_VESSEL = 165.0
_AORTA = 215.0
_SPLEEN = 128.0
_PANCREAS = 92.0
_CORTEX = 185.0
_MEDULLA = 135.0
_SINUS = -50.0
_URINE = 60.0
_BOWEL_WALL = 75.0
_CHYME = 25.0
_ORAL_CONTRAST = 260.0
_BILE = 8.0

# The liver at its dome, at its hilum and at its tip.
_LIVER_OUTLINES = (
    (
        (-0.94, 0.10), (-0.84, -0.42), (-0.52, -0.76), (-0.05, -0.84), (0.34, -0.70),
        (0.42, -0.48), (0.15, -0.30), (-0.02, -0.02), (-0.14, 0.22), (-0.34, 0.55),
        (-0.62, 0.72), (-0.86, 0.48),
    ),
    (
        (-0.95, 0.12), (-0.86, -0.40), (-0.56, -0.74), (-0.16, -0.82), (0.14, -0.66),
        (0.12, -0.46), (-0.10, -0.34), (-0.24, -0.12), (-0.28, 0.12), (-0.42, 0.40),
        (-0.66, 0.62), (-0.87, 0.45),
    ),
    (
        (-0.93, 0.12), (-0.90, -0.22), (-0.80, -0.44), (-0.66, -0.50), (-0.56, -0.42),
        (-0.54, -0.26), (-0.58, -0.10), (-0.62, 0.04), (-0.64, 0.16), (-0.70, 0.30),
        (-0.80, 0.38), (-0.89, 0.28),
    ),
)  # fmt: skip
_LUNG_BASE = [
    (0.98, -0.1), (0.85, 0.55), (0.45, 0.86), (0.3, 0.70), (0.6, 0.55), (0.82, 0.2),
]  # fmt: skip
_SPLEEN_OUTLINE = [
    (0.60, 0.30), (0.76, -0.12), (0.92, 0.02), (0.93, 0.32), (0.78, 0.62), (0.56, 0.72),
    (0.50, 0.60), (0.66, 0.46),
]  # fmt: skip
_STOMACH_OUTLINE = [
    (0.20, -0.52), (0.48, -0.70), (0.74, -0.52), (0.80, -0.10), (0.66, 0.30), (0.42, 0.34),
    (0.30, -0.10),
]  # fmt: skip
_PANCREAS_PATH = [(-0.16, 0.02), (0.0, -0.10), (0.20, -0.08), (0.42, 0.08), (0.58, 0.22)]


def viscera(
    abdomen: Abdomen, level: float, size: Point, mottle: Values
) -> Iterator[tuple[Field, float | Values]]:
    """Masks and values, to be painted in this order inside a peritoneum of half-axes `size`;
    `mottle` is a smooth texture of deviation 1."""
    plane = abdomen.plane
    lungs = fade(level, -1, 0.06, 0.22)
    if lungs > 0:
        base = curve(_LUNG_BASE, closed=True) * size
        yield lungs * plane.fill(base, mirror(base), soften=1.0), _LUNG
    yield from _small_bowel(abdomen, level, size)
    yield from _colon(abdomen, level, size)
    spleen = fade(level, -0.1, 0.62, 0.3)
    if spleen > 0:
        outline = resized(
            curve(_SPLEEN_OUTLINE, closed=True) * size, (0.55 + 0.45 * spleen) * abdomen.organs
        )
        yield plane.fill(outline, soften=1.2), _SPLEEN + 3 * mottle
    yield from _stomach(abdomen, level, size)
    pancreas = fade(level, 0.28, 0.62, 0.16)
    if pancreas > 0:
        profile = np.array([13, 9, 9, 8, 4]) * abdomen.organs
        outline = tube(curve(_PANCREAS_PATH) * size, profile)
        yield pancreas * plane.fill(outline, soften=1.5), _PANCREAS + 10 * mottle
    yield from _liver(abdomen, level, size, mottle)
    yield from _kidneys(abdomen, level, size)
    yield from _great_vessels(abdomen, level, size)


def _great_vessels(abdomen: Abdomen, level: float, size: Point) -> Iterator[tuple[Field, float]]:
    plane, deep = abdomen.plane, size[1]
    width = 11 - 2 * level
    yield plane.fill(ellipse((11, 0.12 * deep), (width, width)), soften=0.8), _AORTA
    yield plane.fill(ellipse((-20, 0.10 * deep), (13, 9), 0.2), soften=1.0), _VESSEL - 15
    if level > 0.35:
        mesenteric = (ellipse((6, -0.12 * deep), (5, 5)), ellipse((-7, -0.13 * deep), (6.5, 6)))
        yield plane.fill(*mesenteric, soften=0.8), _VESSEL + 25


def _liver(
    abdomen: Abdomen, level: float, size: Point, mottle: Values
) -> Iterator[tuple[Field, float | Values]]:
    plane = abdomen.plane
    shown = fade(level, -1, 0.95, 0.3)
    if shown <= 0:
        return
    knots = np.array(_LIVER_OUTLINES)
    place = float(np.clip(level / 0.42, 0, 2))
    lower = min(int(place), 1)
    outline = curve(knots[lower] + (place - lower) * (knots[lower + 1] - knots[lower]), closed=True)
    centre = (-0.66, 0.0)
    scale = abdomen.liver * (0.4 + 0.6 * shown)
    liver = plane.fill(((outline - centre) * scale + centre) * size, soften=1.2)
    yield liver, _LIVER + 3 * mottle
    if level < 0.66:
        yield liver * plane.fill(*_hepatic_vessels(level, size), soften=1.2), _VESSEL
    yield from _nodule(abdomen, level, size, liver)
    gall = fade(level, 0.36, 0.74, 0.22)
    if gall > 0:
        bladder = ellipse((-0.40 * size[0], -0.46 * size[1]), (15 * gall, 21 * gall), 0.4)
        yield plane.fill(bladder, soften=1.0), _BILE


def _nodule(
    abdomen: Abdomen, level: float, size: Point, liver: Field
) -> Iterator[tuple[Field, float]]:
    nodule = abdomen.nodule
    if nodule is None:
        return
    core = 1 - ((level - nodule.level) * LENGTH / nodule.radius) ** 2
    if core > 0:
        radius = nodule.radius * float(np.sqrt(core))
        centre = (nodule.centre[0] * size[0], nodule.centre[1] * size[1])
        mass = ellipse(centre, (radius, 0.9 * radius), 0.3, nodule.ripple)
        yield liver * abdomen.plane.fill(mass, soften=1.5), nodule.attenuation
        middle = liver * abdomen.plane.fill(resized(mass, 0.45), soften=3)
        yield middle, nodule.attenuation - 22


def _hepatic_vessels(level: float, size: Point) -> list[Outline]:
    """Hepatic veins that meet at the vena cava high up, portal branches from the hilum below."""
    sway = 0.12 * float(np.sin(5 * level))
    if level < 0.25:
        paths = [
            [(-0.16, 0.14), (-0.40, 0.05 + sway), (-0.70, -0.05)],
            [(-0.16, 0.12), (-0.34, -0.25), (-0.42 + sway, -0.55)],
            [(-0.14, 0.10), (-0.12, -0.30), (0.04, -0.55 + sway)],
        ]
    else:
        paths = [
            [(-0.22, -0.02), (-0.44, -0.06), (-0.62, -0.24 + sway)],
            [(-0.40, -0.05), (-0.58, 0.10 + sway), (-0.74, 0.20)],
            [(-0.24, -0.06), (-0.24, -0.34), (-0.10 + sway, -0.58)],
        ]
    dots = [(-0.78, -0.16 + sway), (-0.60, 0.40), (-0.52 - sway, -0.50), (-0.70, 0.02 - sway)]
    trunks = [tube(curve(np.array(path) * size), [5.5, 3.8, 1.2]) for path in paths]
    return trunks + [ellipse((u * size[0], v * size[1]), (3.2, 2.6)) for u, v in dots]


def _stomach(abdomen: Abdomen, level: float, size: Point) -> Iterator[tuple[Field, float]]:
    seen = fade(level, -0.1, 0.5, 0.2)
    if seen <= 0:
        return
    plane = abdomen.plane
    bag = curve(_STOMACH_OUTLINE, closed=True) * size
    outline = resized(bag, (0.5 + 0.5 * seen) * (1 + abdomen.waves[0]))
    lumen = plane.fill(resized(outline, 0.88), soften=1.0)
    _, y = plane.coordinates()
    surface = (-0.42 + 2 * abdomen.waves[1]) * size[1]
    yield plane.fill(outline, soften=1.0), _BOWEL_WALL
    yield lumen, _CHYME
    yield lumen * step(surface - y), _GAS  # it rises to the front: the patient lies supine


def _kidneys(abdomen: Abdomen, level: float, size: Point) -> Iterator[tuple[Field, float]]:
    plane = abdomen.plane
    for side, top in ((1.0, 0.32), (-1.0, 0.40)):
        along = (level - top - 0.34) / 0.40
        if abs(along) >= 1:
            continue
        radius = 31 * abdomen.organs * float(np.sqrt(1 - along**2))
        x, y = side * 0.47 * size[0], 0.40 * size[1]
        outline = ellipse((x, y), (0.80 * radius, radius), -side * 0.5, abdomen.waves[:4])
        yield plane.fill(outline, soften=1.0), _CORTEX
        pyramids = [
            ellipse(
                (x + 0.48 * radius * np.cos(angle), y + 0.56 * radius * np.sin(angle)),
                (0.17 * radius, 0.15 * radius),
            )
            for angle in (np.arange(6) * 1.05 + 0.4).tolist()
        ]
        yield plane.fill(*pyramids, soften=1.5), _MEDULLA
        if abs(along) < 0.55:
            hilum = (x - side * 0.34 * radius, y - 0.12 * radius)
            sinus = ellipse(hilum, (0.50 * radius, 0.28 * radius), -side * 0.5)
            yield plane.fill(sinus, soften=1.8), _SINUS
            pelvis = ellipse(hilum, (0.2 * radius, 0.12 * radius))
            yield plane.fill(pelvis, soften=1.0), _URINE


def _small_bowel(abdomen: Abdomen, level: float, size: Point) -> Iterator[tuple[Field, float]]:
    """Loops, each of which comes and goes round a level of its own."""
    plane = abdomen.plane
    rng = np.random.default_rng(abdomen.bowel)
    fillings = (15.0, 40.0, _ORAL_CONTRAST, -800.0)
    for _ in range(26):
        u, v = rng.uniform(-0.62, 0.72), rng.uniform(-0.72, 0.10)
        middle, reach = rng.uniform(0.45, 1.1), rng.uniform(0.16, 0.3)
        radius, turn = rng.uniform(12, 19), rng.uniform(0, np.pi)
        ripple = rng.normal(0, 0.05, 6)
        filling = float(rng.choice(fillings, p=(0.4, 0.3, 0.2, 0.1)))
        core = 1 - ((level - middle) / reach) ** 2
        under_stomach = u > 0.1 and v < -0.2 and level < 0.45
        if core <= 0.05 or under_stomach:
            continue
        radius *= float(np.sqrt(core))
        loop = ellipse((u * size[0], v * size[1]), (1.3 * radius, radius), turn, ripple.tolist())
        yield plane.fill(loop, soften=1.0), _BOWEL_WALL
        yield plane.fill(resized(loop, 0.7), soften=1.5), filling


def _colon(abdomen: Abdomen, level: float, size: Point) -> Iterator[tuple[Field, float]]:
    """The descending and, lower down, the ascending colon."""
    plane = abdomen.plane
    for u, v, start in ((0.82, 0.02, 0.45), (-0.74, -0.05, 0.85)):
        seen = fade(level, start, 2, 0.15)
        if seen > 0:
            ripple = [*abdomen.waves[:4], 0.05, 0.08]
            colon = ellipse((u * size[0], v * size[1]), (20 * seen, 23 * seen), 0.0, ripple)
            yield plane.fill(colon, soften=1.0), _BOWEL_WALL - 10
            yield plane.fill(resized(colon, 0.82), soften=1.2), _CHYME - 15
            yield plane.fill(moved(resized(colon, 0.5), (0, -6)), soften=1.2), _GAS + 100

"""A chest and its radiograph from the front: 0 is black (air), 1 is white (dense bone)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ingest.phantoms.drawing import (
    Field,
    Outline,
    Plane,
    Point,
    blur,
    curve,
    ellipse,
    mirror,
    moved,
    paint,
    step,
    tube,
)

PLANE = Plane(rows=400, columns=352, spacing=1.0)

# One half of the trunk, with the shoulder and the arm cut off by the film (mm).
_TRUNK = [
    (0, -230), (44, -230), (46, -186), (70, -168), (130, -160), (178, -142), (212, -104),
    (206, -60), (174, -24), (164, 30), (164, 120), (170, 230), (0, 230),
]  # fmt: skip
_SHOULDER_BLADE = [
    (118, -128), (150, -120), (148, -60), (136, 0), (128, 22), (122, 0), (112, -70),
]  # fmt: skip
_MANUBRIUM = [(-18, -126), (18, -126), (16, -96), (10, -70), (-10, -70), (-16, -96)]
_CLAVICLE = [(14, -114), (42, -118), (82, -130), (116, -140), (146, -136)]
_HUMERUS = [(168, -112), (190, -70), (215, -20)]
_VERTEBRA = [(-16, -9), (0, -8), (16, -9), (14, 0), (17, 9), (0, 8), (-17, 9), (-14, 0)]


@dataclass(frozen=True, slots=True)
class Chest:
    """One person's chest: factors round 1, but `nodule` (x, y, radius in mm, on the front view)."""

    width: float
    height: float
    heart: float
    breath: float
    breasts: float
    ribs: float
    sway: float
    tree: int
    plane: Plane
    nodule: tuple[float, float, float] | None


def make_chest(rng: np.random.Generator, sex: str, lesion: bool) -> Chest:
    """A chest as `rng` and `sex` ("F", "M") have it; with `lesion`, a nodule in a lung."""
    plane = replace(
        PLANE,
        turn=float(rng.normal(0, 0.025)),
        shift=(float(rng.normal(0, 6)), float(rng.normal(0, 5))),
    )
    side = float(rng.choice([-1.0, 1.0]))
    nodule = (
        side * float(rng.uniform(62, 92)),
        float(rng.uniform(-80, 40)),
        float(rng.uniform(8, 15)),
    )
    return Chest(
        width=float(rng.uniform(0.92, 1.05)) * (0.96 if sex == "F" else 1.0),
        height=float(rng.uniform(0.93, 1.05)),
        heart=float(rng.uniform(0.88, 1.18)),
        breath=float(rng.uniform(-8, 8)),
        breasts=float(rng.uniform(0.06, 0.13)) if sex == "F" else 0.0,
        ribs=float(rng.uniform(0.9, 1.2)),
        sway=float(rng.normal(0, 3)),
        tree=int(rng.integers(2**31)),
        plane=plane,
        nodule=nodule if lesion else None,
    )


def draw_frontal(chest: Chest) -> Field:
    """The view from the front: float32, (rows, columns), in [0, 1]."""
    plane = chest.plane
    size = (chest.width, chest.height)
    image = plane.blank(0.02)
    half = np.array(_TRUNK) * size
    body = plane.fill(half, mirror(half), soften=2.0)
    # The trunk is thicker in its middle, so it is whiter there.
    paint(image, body, 0.42 + 0.20 * blur(body, 30))
    lungs = plane.fill(*_lungs(chest, size), soften=2.5)
    paint(image, lungs, 0.24 - 0.07 * blur(lungs, 14))
    for mask, whiteness in _soft_parts(chest, lungs, size):
        image += mask * body * whiteness
    for mask, whiteness in _skeleton(chest, size):
        image += mask * body * whiteness * (1 - 0.55 * image)
    image += _vessels(chest, size) * lungs
    if chest.nodule is not None:
        x, y, radius = chest.nodule
        outline = ellipse((x, y), (radius, 0.92 * radius), 0.3, (0.05, 0.06, 0.03))
        image += 0.24 * plane.fill(outline, soften=1.8) * (0.35 + 0.65 * lungs)
    return np.clip(image, 0, 1)


def _lungs(chest: Chest, size: Point) -> tuple[Outline, Outline]:
    low = chest.breath
    right = [
        (-46, -148), (-22, -128), (-20, -80), (-24, -20), (-30, 40), (-34, 92 + low),
        (-66, 78 + low), (-102, 92 + low), (-134, 128 + low), (-137, 80), (-130, 0), (-112, -80),
        (-80, -134),
    ]  # fmt: skip
    left = [
        (46, -148), (22, -128), (26, -84), (28, -50), (32, 0), (44, 60), (56, 102 + low),
        (78, 90 + low), (108, 102 + low), (134, 136 + low), (137, 80), (130, 0), (112, -80),
        (80, -134),
    ]  # fmt: skip
    return curve(right, closed=True) * size, curve(left, closed=True) * size


def _soft_parts(chest: Chest, lungs: Field, size: Point) -> Iterator[tuple[Field, float]]:
    plane, grown = chest.plane, chest.heart
    x, y = plane.coordinates()
    heart = [
        (-18, -52), (-30, -10), (-40 * grown, 38), (-36 * grown, 82), (-10, 112), (40, 118),
        (82 * grown, 112), (84 * grown, 76), (62 * grown, 24), (38, -14), (30, -40), (10, -62),
    ]  # fmt: skip
    outline = curve(heart, closed=True) * size
    yield plane.fill(outline, soften=3.0) * (0.2 + 0.8 * lungs), 0.40
    aortic_knob = ellipse((20 * size[0], -66 * size[1]), (17, 16))
    vena_cava = tube(curve([(-18, -130), (-22, -90), (-22, -40)]), [8, 9, 8])
    yield plane.fill(aortic_knob, vena_cava, soften=2.5) * (0.35 + 0.65 * lungs), 0.22
    aorta = tube(curve([(28, -66), (30, -10), (22, 80)]), 10)
    yield plane.fill(aorta, soften=2.5), 0.07
    yield plane.fill(ellipse((0, 40), (24, 260)), soften=10.0), 0.10  # mediastinum
    yield step(y - 120 * size[1] + 0.0006 * x**2, 60) * (1 - lungs), 0.12  # belly
    bubble = ellipse((72 * size[0], (112 + chest.breath) * size[1]), (26, 12), 0.1, (0.1, 0.05))
    yield plane.fill(bubble, soften=3.0) * (1 - lungs), -0.22
    airways = [
        tube(curve([(1, -235), (2 + chest.sway, -140), (2, -58)]), [8.5, 8.5, 8]),
        tube(curve([(0, -62), (-14, -46), (-30, -28)]), [6, 6, 4]),
        tube(curve([(3, -62), (20, -46), (38, -36)]), [6, 5, 3.5]),
    ]
    yield plane.fill(*airways, soften=1.8), -0.16
    if chest.breasts > 0:
        breast = ellipse((84 * size[0], 62), (54, 52), 0.0, (0.04, 0.03))
        shade = plane.fill(breast, mirror(breast), soften=3.0)
        yield shade * step(y - 40, 90), chest.breasts


def _skeleton(chest: Chest, size: Point) -> Iterator[tuple[Field, float]]:
    plane = chest.plane
    heights = (np.arange(-205, 235, 22.5) * size[1]).tolist()
    vertebra = curve(_VERTEBRA, closed=True)
    yield plane.fill(*[moved(vertebra, (0, y)) for y in heights], soften=1.2), 0.10
    spinous = [ellipse((0, y + 9), (2.2, 6)) for y in heights]
    yield plane.fill(*spinous, soften=1.0), 0.10
    posterior = [_posterior_rib(chest, number) * size for number in range(10)]
    yield hollow(plane, _both(posterior), np.array([4.6, 5.4, 5.4, 4.8]) * chest.ribs), 0.17
    anterior = [_anterior_rib(number) * size for number in range(1, 7)]
    shadow = hollow(plane, _both(anterior), np.array([4.5, 5.5, 6, 3.2]) * chest.ribs)
    yield blur(shadow, 1.0), 0.09
    clavicle = curve(_CLAVICLE) * size
    yield hollow(plane, _both([clavicle]), np.array([7, 5, 4.5, 5, 6])), 0.22
    blade = curve(_SHOULDER_BLADE, closed=True) * size
    yield plane.fill(*_both([blade]), soften=2.0), 0.12
    humeral_head = ellipse((164 * size[0], -112 * size[1]), (21, 22))
    humerus = [humeral_head, tube(np.array(_HUMERUS) * size, [18, 13, 11])]
    yield plane.fill(*_both(humerus), soften=1.5), 0.17
    yield plane.fill(curve(_MANUBRIUM, closed=True) * size, soften=2.5), 0.06


def _both(outlines: list[Outline]) -> list[Outline]:
    return outlines + [mirror(outline) for outline in outlines]


def _posterior_rib(chest: Chest, number: int) -> Outline:
    """From the spine outwards and down to the chest wall."""
    top = -150 + 23.0 * number * (1 + 0.01 * chest.sway)
    reach = float(np.interp(number, [0, 1, 3, 6, 10], [56, 84, 118, 138, 128]))
    fall = 10 + 5.2 * number
    points = [
        (14, top + 4), (0.38 * reach, top - 6), (0.74 * reach, top + 0.25 * fall),
        (0.95 * reach, top + fall), (reach, top + fall + 18),
    ]  # fmt: skip
    return curve(points)


def _anterior_rib(number: int) -> Outline:
    """From the chest wall inwards and down, to where bone becomes cartilage."""
    top = -128 + 24.0 * number
    reach = float(np.interp(number, [0, 1, 3, 6], [66, 92, 126, 138]))
    points = [
        (reach, top), (0.86 * reach, top + 24), (0.62 * reach, top + 40), (0.42 * reach, top + 46),
    ]  # fmt: skip
    return curve(points)


def hollow(plane: Plane, paths: Sequence[Outline], radii: Outline) -> Field:
    """The mask of bones of half-width `radii` (mm, along each path): their rims, where the rays
    run along the cortex, are whiter than their middle."""
    whole = plane.fill(*[tube(path, radii) for path in paths], soften=0.8)
    core = plane.fill(*[tube(path, np.maximum(radii - 2.2, 0.2)) for path in paths], soften=1.2)
    return whole - np.float32(0.45) * core


def _vessels(chest: Chest, size: Point) -> Field:
    """Branches from both hila outwards, thinner and fainter as they go."""
    rng = np.random.default_rng(chest.tree)
    thick: list[Outline] = []
    thin: list[Outline] = []
    for side in (-1.0, 1.0):
        hilum = np.array([side * 34, -26.0]) * size
        for angle in np.linspace(-1.25, 1.35, 8) + rng.normal(0, 0.09, 8):
            tip = hilum + rng.uniform(42, 60) * _towards(side, angle)
            bend = (hilum + tip) / 2 + rng.normal(0, 5, 2)
            thick.append(tube(curve([hilum, bend, tip]), [4.6, 2.8, 1.5]))
            for turn in rng.normal(0, 0.45, 3):
                end = tip + rng.uniform(22, 48) * _towards(side, angle + turn)
                thin.append(tube(curve([bend, tip, end]), [1.8, 1.4, 0.5]))
        root = ellipse((float(hilum[0]), float(hilum[1])), (11, 17), side * 0.3, (0.1, 0.08))
        thick.append(root)
    plane = chest.plane
    return 0.13 * plane.fill(*thick, soften=1.5) + 0.09 * plane.fill(*thin, soften=1.0)


def _towards(side: float, angle: float) -> Outline:
    return np.array([side * np.cos(angle), 1.22 * np.sin(angle)])

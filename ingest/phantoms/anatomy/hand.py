"""A radiograph of a hand, fingers upwards, as film density upside down: 0 is black, 1 is white."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ingest.phantoms.drawing import (
    Field,
    Outline,
    Plane,
    Point,
    blur,
    curve,
    ellipse,
    paint,
    tube,
)

PLANE = Plane(rows=400, columns=320, spacing=0.66)


class _Ray(NamedTuple):
    """A finger with its metacarpal: where it starts, where it points (degrees from straight up,
    towards the little finger), the lengths of its bones and their half-width, in mm."""

    base: Point
    angles: tuple[float, ...]
    lengths: tuple[float, ...]
    half_width: float


# A right hand seen from the back has its thumb on the left. Lengths are those of an adult.
_RAYS = (
    _Ray((-24, 44), (-52, -40, -34), (44, 31, 22), 4.6),
    _Ray((-13, 32), (-13, -10, -8, -7), (64, 40, 24, 17), 4.2),
    _Ray((-2, 30), (-2, -1, 0, 0), (62, 44, 28, 18), 4.3),
    _Ray((8, 32), (8, 7, 7, 6), (56, 41, 27, 18), 3.9),
    _Ray((17, 35), (18, 17, 15, 13), (52, 32, 19, 16), 3.6),
)

_CARPALS: tuple[tuple[Point, Point, float], ...] = (
    ((-19, 49), (7.5, 6.5), 0.6),
    ((-11, 41), (6, 6), 0.2),
    ((0, 43), (7.5, 11), 0.0),
    ((12, 45), (8.5, 8.5), -0.3),
    ((-13, 58), (12.5, 6.5), 0.6),
    ((2, 61), (9, 7.5), 0.1),
    ((15, 58), (7.5, 7), 0.3),
    ((18, 54), (4.5, 5), 0.0),
)


_PALM = [
    (-30, 66), (-40, 44), (-56, 16), (-42, 0), (-29, -24), (-16, -36), (6, -36), (26, -26),
    (36, -8), (34, 24), (31, 56), (31, 80), (32, 180), (-31, 180), (-30, 90),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hand:
    """One person's hand: factors round 1, `bends` in degrees a ray; `cyst` is a clear hole of
    that many mm in the first bone of the finger `cyst_ray`."""

    size: float
    stoutness: float
    bends: tuple[float, ...]
    spread: float
    density: float
    texture: int
    plane: Plane
    cyst: float | None
    cyst_ray: int


def make_hand(rng: np.random.Generator, sex: str, side: str, lesion: bool) -> Hand:
    """A hand as `rng` has it, `side` "L" or "R"; with `lesion`, a cyst in one finger."""
    plane = replace(
        PLANE,
        turn=float(rng.normal(0, 0.07)),
        shift=(float(rng.normal(0, 4)), float(rng.normal(8, 3))),
        mirrored=side == "L",
    )
    return Hand(
        size=float(rng.uniform(0.94, 1.04)) * (0.93 if sex == "F" else 1.0),
        stoutness=float(rng.uniform(0.88, 1.15)),
        bends=tuple(rng.normal(0, 2.0, 5)),
        spread=float(rng.uniform(0.75, 1.3)),
        density=float(rng.uniform(0.85, 1.1)),
        texture=int(rng.integers(2**31)),
        plane=plane,
        cyst=float(rng.uniform(4.5, 6.5)) if lesion else None,
        cyst_ray=int(rng.integers(1, 5)),
    )


def draw_hand(hand: Hand) -> Field:
    """The hand from the back: float32, (rows, columns), in [0, 1]."""
    plane = hand.plane
    rays = [_bones(hand, ray, bend) for ray, bend in zip(_RAYS, hand.bends, strict=True)]
    image = plane.blank(0.03)
    flesh = plane.fill(*_flesh(hand, rays), soften=0.8)
    paint(image, flesh, 0.17 + 0.22 * blur(flesh, 14) ** 2)
    grain = plane.noise(np.random.default_rng(hand.texture), 1.6)
    for whole, core, whiteness in _skeleton(hand, rays):
        # Cortex is white at the rims; the spongy middle is greyer and grainy.
        bone = whole - 0.42 * core * (1 + 0.10 * grain)
        image += bone * np.float32(whiteness * hand.density) * (1 - 0.45 * image)
    if hand.cyst is not None:
        start, end = rays[hand.cyst_ray][1]
        middle = 0.55 * start + 0.45 * end
        hole = ellipse((float(middle[0]), float(middle[1])), (0.55 * hand.cyst, 1.3 * hand.cyst))
        paint(image, 0.75 * plane.fill(hole, soften=0.8), 0.34)
    return np.clip(image, 0, 1)


def _bones(hand: Hand, ray: _Ray, bend: float) -> list[tuple[Outline, Outline]]:
    """The two ends of each bone of `ray`, from the wrist to the tip."""
    at = np.array(ray.base) * hand.size
    ends = []
    for index, (angle, length) in enumerate(zip(ray.angles, ray.lengths, strict=True)):
        turn = np.radians(angle * (hand.spread if index else 1.0) + bend * (index > 0))
        direction = np.array([np.sin(turn), -np.cos(turn)])
        end = at + length * hand.size * direction
        ends.append((at, end))
        at = end + 1.8 * direction
    return ends


def _shaft(start: Outline, end: Outline, half_width: float, tip: bool) -> Outline:
    """A long bone: a broad base, a waist and a rounded head, or the tuft of a finger's tip."""
    profile = [0.5, 1.25, 1.3, 1.0, 0.82, 0.76, 0.80, 0.98, 1.12, 1.0, 0.4]
    if tip:
        profile = [0.5, 1.3, 1.25, 0.85, 0.62, 0.55, 0.55, 0.62, 0.85, 0.85, 0.4]
    path = np.linspace(start, end, 34)
    return tube(path, half_width * np.array(profile))


def _skeleton(
    hand: Hand, rays: list[list[tuple[Outline, Outline]]]
) -> Iterator[tuple[Field, Field, float]]:
    """The mask of bones, the mask of their spongy inside, and how white they are."""
    plane, size = hand.plane, hand.size
    whole, core = [], []
    for ray, ends in zip(_RAYS, rays, strict=True):
        for index, (start, end) in enumerate(ends):
            half_width = ray.half_width * size * hand.stoutness * (1.0 - 0.13 * index)
            tip = index == len(ends) - 1
            outline = _shaft(start, end, half_width, tip)
            whole.append(outline)
            inset = 1.5 * (end - start) / float(np.hypot(*(end - start)))
            core.append(_shaft(start + inset, end - inset, max(half_width - 1.5, 0.8), tip))
    yield plane.fill(*whole, soften=0.4), plane.fill(*core, soften=0.9), 0.78
    for centre, radii, turn in _CARPALS:
        middle = (centre[0] * size, centre[1] * size)
        rim = ellipse(middle, (radii[0] * size, radii[1] * size), turn, (0.06, 0.04, 0.05, 0.03))
        inner = 0.78 * (rim - middle) + middle
        yield plane.fill(rim, soften=0.5), plane.fill(inner, soften=0.9), 0.62
    forearm = [
        ([(-7, 68), (-7, 72), (-8, 84), (-10, 104), (-11, 150)], [10, 16, 14.5, 10, 8]),
        ([(18, 70), (18, 73), (18, 84), (17, 104), (16, 150)], [5, 7.5, 6.5, 5.5, 5.5]),
    ]
    for points, radius in forearm:
        path = curve(np.array(points) * size)
        wide = np.array(radius) * size * (0.6 + 0.4 * hand.stoutness)
        lower = path + np.array([0.0, 2.0])
        inner = tube(lower, wide - 2.2)
        yield plane.fill(tube(path, wide), soften=0.5), plane.fill(inner, soften=1.0), 0.74


def _flesh(hand: Hand, rays: list[list[tuple[Outline, Outline]]]) -> list[Outline]:
    size = hand.size
    outlines = []
    for ray, ends in zip(_RAYS, rays, strict=True):
        knuckle, tip = ends[0][1], ends[-1][1]
        beyond = tip + 3.5 * (tip - ends[-1][0]) / float(np.hypot(*(tip - ends[-1][0])))
        joints = [ends[0][0], knuckle, *(end for _, end in ends[1:-1]), beyond]
        wide = 2.4 * ray.half_width * size * (0.55 + 0.45 * hand.stoutness)
        path = curve(np.array(joints))
        outlines.append(
            tube(path, wide * np.array([1.1, 1.15, 1.1, 1.0, 1.0, 0.95, 0.9, 0.86, 0.8, 0.45]))
        )
    outlines.append(curve(_PALM, closed=True) * size)
    return outlines

"""The liver under a curved probe, with gall bladder, kidney and diaphragm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ingest.phantoms.drawing import (
    Field,
    Outline,
    Plane,
    Values,
    curve,
    ellipse,
    paint,
    resized,
    step,
    tube,
)
from ingest.phantoms.ultrasound import ABDOMINAL_PLANE, SILENT, TOP, Scene

_LIVER = [
    (-100, 16), (0, 17), (60, 18), (64, 40), (40, 70), (24, 96), (-10, 128), (-60, 128), (-110, 90),
]  # fmt: skip
_PORTAL_VEIN = [(20, 74), (-4, 66), (-30, 60), (-48, 46)]
_HEPATIC_VEINS = (
    [(-40, 112), (-34, 86), (-14, 56), (-6, 40)],
    [(-42, 112), (-54, 84), (-58, 56)],
)
_WALL = 18.0
"""mm from the skin to the liver."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A small vessel: where it starts (mm), its direction (radians), its half-width (mm)."""

    x: float
    y: float
    angle: float
    width: float


@dataclass(frozen=True, slots=True)
class Flank:
    """The right upper abdomen of one person, seen from under the ribs: factors round 1, `tilt`
    of the organs in radians, `echo` in dB; `nodule` is x, y, radius (mm) and echo (dB)."""

    size: float
    tilt: float
    echo: float
    branches: tuple[Branch, ...]
    waves: Field
    gall: float
    plane: Plane
    nodule: tuple[float, float, float, float] | None


def make_flank(rng: np.random.Generator, lesion: bool) -> Flank:
    """A flank as `rng` has it; with `lesion`, a dark or a bright nodule in the liver."""
    plane = replace(ABDOMINAL_PLANE, shift=(float(rng.normal(0, 3)), TOP - 304 * 0.26))
    branches = tuple(
        Branch(
            x=float(rng.uniform(-38, 26)),
            y=float(rng.uniform(28, 84)),
            angle=float(rng.uniform(-0.9, 0.9)),
            width=float(rng.uniform(1.3, 3.0)),
        )
        for _ in range(9)
    )
    nodule = (
        float(rng.uniform(-36, 8)),
        float(rng.uniform(40, 74)),
        float(rng.uniform(8, 14)),
        float(rng.choice([-46.0, -14.0])),
    )
    return Flank(
        size=float(rng.uniform(0.88, 1.12)),
        tilt=float(rng.normal(0, 0.09)),
        echo=float(rng.uniform(-30, -26)),
        branches=branches,
        waves=plane.noise(rng, 9.0),
        gall=float(rng.uniform(0.8, 1.25)),
        plane=plane,
        nodule=nodule if lesion else None,
    )


def flank_scene(flank: Flank, breath: float = 0.0) -> Scene:
    """Liver with its vessels, gall bladder, kidney and diaphragm; `breath` moves them all down
    by so many mm, under a wall that stays."""
    plane = flank.plane
    shift = (plane.shift[0], plane.shift[1] + breath)
    moved = replace(plane, turn=plane.turn + flank.tilt, shift=shift)
    echo = plane.blank(-20.0)
    for mask, strength in (*_wall(flank), *_liver(flank, moved), *_kidney(flank, moved)):
        paint(echo, mask, strength)
    size, absorption = flank.size, plane.blank(0.09)
    bladder = ellipse(
        (22 * size, 42 * size), (9 * flank.gall, 19 * flank.gall), -0.65, (0.05, 0.08, 0.06)
    )
    paint(echo, moved.fill(resized(bladder, 1.09), soften=0.4), -15.0)
    bile = moved.fill(bladder, soften=0.4)
    paint(echo, bile, SILENT)
    # Fluid does not weaken the beam: what lies behind it looks brighter.
    absorption -= 0.22 * bile
    return Scene(echo, absorption)


def _wall(flank: Flank) -> Iterator[tuple[Values, float | Values]]:
    _, depth = flank.plane.coordinates()
    yield step(depth - 2.5), -28 + 1.5 * flank.waves
    yield step(depth - 12), -38.0
    fibres = np.exp(-((np.sin(1.5 * depth + 0.4 * flank.waves) - 1) ** 2) / 0.1)
    yield 0.5 * fibres * step(_WALL - depth) * step(depth - 4), -16.0
    yield step(depth - _WALL), -33.0


def _liver(flank: Flank, plane: Plane) -> Iterator[tuple[Values, float | Values]]:
    size = flank.size
    x, y = plane.coordinates()
    _, depth = flank.plane.coordinates()
    shown = plane.fill(curve(_LIVER, closed=True) * size, soften=0.8) * step(depth - _WALL)
    yield shown, flank.echo + 0.8 * flank.waves
    portal_vein = curve(_PORTAL_VEIN) * size
    yield shown * plane.fill(tube(portal_vein, [7.2, 5.6, 3.6]), soften=0.6), -14.0
    lumens = [
        tube(portal_vein, [5.4, 4.0, 2.2]),
        *[tube(curve(vein) * size, [4.2, 3.2, 1.6]) for vein in _HEPATIC_VEINS],
        *[_branch(branch, size) for branch in flank.branches],
    ]
    yield shown * plane.fill(*lumens, soften=0.6), SILENT + 6
    # The diaphragm: a bright arc behind the liver, with the liver's faint mirror image beyond.
    arc = np.hypot(x + 30 * size, y - 40 * size) - 84 * size
    yield step(arc - 1.5) * step(y - 60) * step(30 - x), -40.0
    yield np.exp(-((arc / 1.3) ** 2)) * step(y - 66, 30) * step(34 - x, 20), -6.0
    if flank.nodule is not None:
        u, v, radius, strength = flank.nodule
        outline = ellipse((u * size, v * size), (1.1 * radius, radius), 0.2, (0.05, 0.04, 0.05))
        yield shown * plane.fill(outline, soften=0.8), strength


def _branch(branch: Branch, size: float) -> Outline:
    x, y, angle = branch.x, branch.y, branch.angle
    path = [
        (x, y),
        (x + 10 * np.cos(angle), y + 10 * np.sin(angle)),
        (x + 18 * np.cos(1.5 * angle), y + 18 * np.sin(1.5 * angle)),
    ]
    return tube(curve(path) * size, [branch.width, 0.7 * branch.width, 0.3])


def _kidney(flank: Flank, plane: Plane) -> Iterator[tuple[Values, float | Values]]:
    size = flank.size
    centre = (46 * size, 84 * size)
    capsule = ellipse(centre, (35 * size, 20 * size), 0.55)
    sinus = ellipse(centre, (21 * size, 8 * size), 0.55, (0.1, 0.12, 0.08, 0.06))
    yield plane.fill(resized(capsule, 1.07), soften=0.5), -18.0
    yield plane.fill(capsule, soften=0.8), -36 + 1.0 * flank.waves
    yield plane.fill(sinus, soften=1.2), -15 + 2 * flank.waves

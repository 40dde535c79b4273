"""The thyroid under a linear probe, the neck cut across."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ingest.phantoms.drawing import (
    Field,
    Outline,
    Plane,
    curve,
    ellipse,
    mirror,
    moved,
    paint,
    resized,
    step,
    tube,
)
from ingest.phantoms.ultrasound import SILENT, SUPERFICIAL_PLANE, TOP, Scene


@dataclass(frozen=True, slots=True)
class Neck:
    """The front of one person's neck, cut across: factors round 1; `nodule` is x, depth
    and radius in mm."""

    size: float
    lobes: tuple[float, float]
    waves: Field
    plane: Plane
    nodule: tuple[float, float, float] | None


def make_neck(rng: np.random.Generator, lesion: bool) -> Neck:
    """A neck as `rng` has it; with `lesion`, a dark nodule in one lobe."""
    plane = replace(SUPERFICIAL_PLANE, shift=(float(rng.normal(0, 1.2)), TOP - 304 * 0.07))
    side = float(rng.choice([-1.0, 1.0]))
    nodule = (
        side * float(rng.uniform(11, 13)),
        float(rng.uniform(13, 16)),
        float(rng.uniform(3, 4.5)),
    )
    return Neck(
        size=float(rng.uniform(0.92, 1.08)),
        lobes=(float(rng.uniform(0.88, 1.15)), float(rng.uniform(0.88, 1.15))),
        waves=plane.noise(rng, 4.0),
        plane=plane,
        nodule=nodule if lesion else None,
    )


def neck_scene(neck: Neck) -> tuple[Scene, Field]:
    """Two lobes astride the trachea, a carotid beside each; and the mask of flowing blood."""
    plane, size = neck.plane, neck.size
    _, y = plane.coordinates()
    echo = plane.blank(-18.0)
    paint(echo, step(y - 1.6, 0.4), -30 + 1.5 * neck.waves)
    paint(echo, step(y - 5.0 * size + 0.4 * neck.waves, 0.5), -42.0)  # strap muscles
    fascia = np.abs(y - 5.0 * size + 0.4 * neck.waves) < 0.3
    paint(echo, fascia.astype(np.float32), -14.0)
    fibres = np.exp(-((np.sin(3.2 * y + 0.6 * neck.waves) - 1) ** 2) / 0.1)
    paint(echo, 0.4 * fibres * step(y - 5.5 * size), -26.0)
    lobes = [_lobe(side, factor, size) for side, factor in zip((-1, 1), neck.lobes, strict=True)]
    isthmus = tube(curve(np.array([(-10, 11), (0, 8.8), (10, 11)]) * size), [2.2, 1.5, 2.2])
    gland = plane.fill(*lobes, isthmus, soften=0.3)
    rim = plane.fill(*[resized(lobe, 1.05) for lobe in lobes], soften=0.2)
    paint(echo, rim, -14.0)
    paint(echo, gland, -20 + 1.2 * neck.waves)
    absorption = plane.blank(0.14)
    airway = ellipse((0, 17 * size), (8 * size, 7.2 * size))
    paint(echo, plane.fill(airway, soften=0.3), -10.0)
    lumen = plane.fill(moved(resized(airway, 0.86), (0, 0.6)), soften=0.3)
    # Air throws the beam back and forth: fading echoes of the wall, then nothing.
    paint(echo, lumen, -30 + 6 * np.sin(2.6 * (y - 10 * size)))
    absorption += 2.2 * lumen
    carotid = ellipse((19.3 * size, 17 * size), (3.6 * size, 3.4 * size))
    vessels = (carotid, mirror(carotid))
    walls = plane.fill(*[resized(vessel, 1.16) for vessel in vessels], soften=0.2)
    blood = plane.fill(*vessels, soften=0.2)
    paint(echo, walls, -16.0)
    paint(echo, blood, SILENT)
    absorption -= 0.10 * blood
    if neck.nodule is not None:
        x, depth, radius = neck.nodule
        outline = ellipse((x * size, depth * size), (1.25 * radius, radius), 0.3, (0.04, 0.05))
        paint(echo, plane.fill(outline, soften=0.25), -38.0)
    return Scene(echo, absorption), blood


def _lobe(side: int, factor: float, size: float) -> Outline:
    outline = [(6, 10), (10, 8), (15, 9), (17.5, 14), (15.5, 20), (11, 22.5), (8.2, 18), (7.6, 13)]
    centre = np.array([11.5, 15.0])
    lobe = (np.array(outline) - centre) * factor + centre
    return curve(lobe * (side * size, size), closed=True)

"""A breast under a linear probe."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ingest.phantoms.drawing import Field, Plane, blur, ellipse, paint, resized, step
from ingest.phantoms.ultrasound import SUPERFICIAL_PLANE, TOP, Scene


@dataclass(frozen=True, slots=True)
class Breast:
    """The breast of one person: depths in mm, `waves` make its layers uneven; `mass` is x,
    depth, radius (mm) and turn (radians)."""

    skin: float
    fat: float
    gland: float
    waves: tuple[Field, Field]
    plane: Plane
    mass: tuple[float, float, float, float] | None


def make_breast(rng: np.random.Generator, lesion: bool) -> Breast:
    """A breast as `rng` has it; with `lesion`, a dark mass that throws a shadow."""
    plane = replace(SUPERFICIAL_PLANE, shift=(0.0, TOP - 304 * 0.07))
    radius = float(rng.uniform(4.0, 6.5))
    mass = (
        float(rng.uniform(-7, 7)),
        float(rng.uniform(13, 17)),
        radius,
        float(rng.normal(0, 0.2)),
    )
    return Breast(
        skin=float(rng.uniform(1.3, 2.0)),
        fat=float(rng.uniform(6, 10)),
        gland=float(rng.uniform(12, 16)),
        waves=(plane.noise(rng, 7.0), plane.noise(rng, 4.0)),
        plane=plane,
        mass=mass if lesion else None,
    )


def breast_scene(breast: Breast, sway: float = 0.0) -> Scene:
    """Skin, fat with Cooper's ligaments, gland, muscle; `sway` moves it sideways by mm."""
    plane = replace(breast.plane, shift=(sway, breast.plane.shift[1]))
    _, y = plane.coordinates()
    shift = round(sway / plane.spacing)
    wave, fine = (np.roll(waves, shift, axis=1) for waves in breast.waves)
    echo = plane.blank(-20.0)
    fat_end = breast.fat + 1.3 * wave
    gland_end = breast.fat + breast.gland + 0.9 * wave
    paint(echo, step(y - breast.skin, 0.4), -36 + 1.5 * fine)
    ligaments = np.exp(-((fine / 0.10) ** 2)) * step(y - breast.skin - 1) * step(fat_end - y)
    paint(echo, 0.8 * ligaments, -20.0)
    streaks = blur(fine, 2.0)
    paint(echo, step(y - fat_end, 1.0), -21 + 3.5 * streaks)
    ducts = np.exp(-(((streaks - 0.9) / 0.12) ** 2)) * step(y - fat_end)
    paint(echo, 0.6 * ducts, -36.0)
    paint(echo, step(y - gland_end, 0.8), -34.0)
    fascia = np.abs(y - gland_end - 0.5) < 0.35
    fibres = np.exp(-((np.sin(2.4 * (y - gland_end) + 0.5 * wave) - 1) ** 2) / 0.12)
    paint(echo, 0.6 * fibres * step(y - gland_end - 1), -24.0)
    paint(echo, fascia.astype(np.float32), -12.0)
    absorption = plane.blank(0.16)
    if breast.mass is not None:
        x, depth, radius, turn = breast.mass
        outline = ellipse((x, depth), (1.45 * radius, radius), turn, (0.05, 0.05, 0.06, 0.03))
        paint(echo, plane.fill(resized(outline, 1.08), soften=0.3), -18.0)
        inside = plane.fill(outline, soften=0.25)
        paint(echo, inside, -44 + 1.2 * fine)
        absorption += 0.9 * inside
    return Scene(echo, absorption)

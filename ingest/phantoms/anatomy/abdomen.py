"""What one person's abdomen is like, before it is drawn at any level."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ingest.phantoms.drawing import Field, Plane, Point

PLANE = Plane(rows=256, columns=256, spacing=1.4)

LENGTH = 170.0
"""mm from level 0, the dome of the liver, to level 1, below the kidneys."""


@dataclass(frozen=True, slots=True)
class LiverNodule:
    """A mass in the liver; `centre` in peritoneal half-axes, `radius` in mm."""

    centre: Point
    level: float
    radius: float
    attenuation: float
    ripple: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Abdomen:
    """One person's abdomen; half-axes and `fat` (under the skin) in mm, the rest factors."""

    half_width: float
    half_depth: float
    fat: float
    liver: float
    organs: float
    waves: tuple[float, ...]
    bowel: int
    folds: tuple[Field, Field]
    plane: Plane
    nodule: LiverNodule | None


def make_abdomen(rng: np.random.Generator, lesion: bool) -> Abdomen:
    """An abdomen as `rng` has it; with `lesion`, a nodule in its liver."""
    plane = replace(PLANE, turn=float(rng.normal(0, 0.03)), shift=(float(rng.normal(0, 4)), 0.0))
    fat = float(rng.uniform(10, 30))
    nodule = LiverNodule(
        centre=(float(rng.uniform(-0.72, -0.5)), float(rng.uniform(-0.35, 0.2))),
        level=float(rng.uniform(0.2, 0.5)),
        radius=float(rng.uniform(11, 21)),
        attenuation=float(rng.choice([45.0, 178.0])),
        ripple=tuple(rng.normal(0, 0.05, 8)),
    )
    return Abdomen(
        half_width=float(rng.uniform(128, 142)) + fat,
        half_depth=float(rng.uniform(98, 112)) + 0.7 * fat,
        fat=fat,
        liver=float(rng.uniform(0.94, 1.04)),
        organs=float(rng.uniform(0.9, 1.12)),
        waves=tuple(rng.normal(0, 0.02, 6)),
        bowel=int(rng.integers(2**31)),
        folds=(plane.noise(rng, 22.0), plane.noise(rng, 22.0)),
        plane=plane,
        nodule=nodule if lesion else None,
    )

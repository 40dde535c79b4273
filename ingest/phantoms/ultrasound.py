"""What an ultrasound machine makes of a body: beams, attenuation, speckle, log compression.

Anatomy is drawn as echo strength (decibels) and absorption (decibels a mm) in the plane of the
picture. It is sampled along the beams of a probe, weakened with depth, multiplied by speckle
(the envelope of a narrow-band complex Gaussian signal, which is Rayleigh distributed) and turned
back into a picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ingest.phantoms.drawing import Field, Plane

Grey: TypeAlias = npt.NDArray[np.uint8]

TOP = 4.0
"""mm from the upper edge of the picture to the skin, at its middle."""

SILENT = -58.0
"""Echo strength of clear fluid, dB."""

SUPERFICIAL_PLANE = Plane(rows=304, columns=400, spacing=0.14)
ABDOMINAL_PLANE = Plane(rows=304, columns=400, spacing=0.52)


@dataclass(frozen=True, slots=True)
class Probe:
    """A linear probe `width` mm wide, or, with `half_angle` (radians) above 0, a curved one of
    `radius` mm. It sees `depth` mm and covers them in `beams` beams of `samples` samples."""

    depth: float
    width: float = 0.0
    radius: float = 0.0
    half_angle: float = 0.0
    beams: int = 220
    samples: int = 320


SUPERFICIAL_PROBE = Probe(depth=37.0, width=42.0, beams=260)
ABDOMINAL_PROBE = Probe(depth=142.0, radius=46.0, half_angle=0.6, samples=360)


@dataclass(frozen=True, slots=True)
class Scene:
    """Echo strength in dB and absorption in dB/mm, each (rows, columns); the skin is at TOP."""

    echo: Field
    absorption: Field


def scan(
    plane: Plane, probe: Probe, scene: Scene, rng: np.random.Generator, dynamic_range: float = 62.0
) -> Grey:
    """The B-mode picture of `scene`: uint8, (rows, columns), black outside the beams."""
    along, across = _beam_space(plane, probe)
    echo = _sample(scene.echo, along, across)
    # What is absorbed on the way in and out, against the machine's usual gain of 0.05 dB/mm.
    step = probe.depth / probe.samples
    loss = np.cumsum(_sample(scene.absorption, along, across) - 0.05, axis=0) * step
    speckle = 20 * np.log10(_speckle(rng, (probe.samples, probe.beams)) + 1e-3)
    decibels = echo + speckle - loss.astype(np.float32)
    grey = np.clip(1 + decibels / dynamic_range, 0, 1)
    return (255 * _picture(plane, probe, grey.astype(np.float32))).astype(np.uint8)


def _beam_space(plane: Plane, probe: Probe) -> tuple[Field, Field]:
    """Row and column in the picture of each (sample, beam)."""
    depth = np.linspace(0, probe.depth, probe.samples)[:, None]
    beam = np.linspace(-1, 1, probe.beams)[None, :]
    if probe.half_angle > 0:
        angle = beam * probe.half_angle
        x = (probe.radius + depth) * np.sin(angle)
        y = (probe.radius + depth) * np.cos(angle) - probe.radius
    else:
        x, y = beam * probe.width / 2 + 0 * depth, depth + 0 * beam
    rows = (y + TOP) / plane.spacing - 0.5
    columns = x / plane.spacing + (plane.columns - 1) / 2
    return rows.astype(np.float32), columns.astype(np.float32)


def _picture(plane: Plane, probe: Probe, beams: Field) -> Field:
    """Scan conversion: the beam-space field on the plane, 0 where no beam passes."""
    x = ((np.arange(plane.columns) - (plane.columns - 1) / 2) * plane.spacing)[None, :]
    y = ((np.arange(plane.rows) + 0.5) * plane.spacing - TOP)[:, None]
    if probe.half_angle > 0:
        depth = np.hypot(x, y + probe.radius) - probe.radius
        beam = np.arctan2(x, y + probe.radius) / probe.half_angle
    else:
        depth, beam = y + 0 * x, x / (probe.width / 2) + 0 * y
    seen = (depth >= 0) & (depth <= probe.depth) & (np.abs(beam) <= 1)
    rows = depth / probe.depth * (probe.samples - 1)
    columns = (beam + 1) / 2 * (probe.beams - 1)
    shown = _sample(beams, rows.astype(np.float32), columns.astype(np.float32))
    shown[~seen] = 0
    return shown


def _sample(field: Field, rows: Field, columns: Field) -> Field:
    """Bilinear interpolation of `field`; its border is repeated outside."""
    rows = np.clip(rows, 0, field.shape[0] - 1.001)
    columns = np.clip(columns, 0, field.shape[1] - 1.001)
    row, column = rows.astype(np.int32), columns.astype(np.int32)
    down, right = rows - row, columns - column
    flat = field.ravel()
    corner = row * field.shape[1] + column
    upper = flat[corner] * (1 - right) + flat[corner + 1] * right
    corner += field.shape[1]
    lower = flat[corner] * (1 - right) + flat[corner + 1] * right
    return np.asarray(upper * (1 - down) + lower * down, np.float32)


def _speckle(rng: np.random.Generator, shape: tuple[int, int]) -> Field:
    """Rayleigh-distributed amplitudes of mean square 1, a few samples long and wide."""
    signal = rng.standard_normal((2, *shape), dtype=np.float32)
    for axis, kernel in ((1, (0.35, 1.0, 0.35)), (2, (0.5, 1.0, 1.0, 0.5))):
        weights = np.array(kernel, np.float32) / np.sqrt(np.sum(np.square(kernel)))
        half = len(kernel) // 2
        signal = sum(
            weight * np.roll(signal, shift - half, axis=axis)
            for shift, weight in enumerate(weights.tolist())
        )
    return np.asarray(np.sqrt((signal[0] ** 2 + signal[1] ** 2) / 2), np.float32)

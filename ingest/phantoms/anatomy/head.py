"""A head in axial slices, as tissues that CT and MR then give their values to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto

import numpy as np

from ingest.phantoms.drawing import (
    Field,
    Plane,
    Point,
    curve,
    ellipse,
    fade,
    mirror,
    paint,
    step,
    tube,
)

PLANE = Plane(rows=256, columns=256, spacing=0.86)

LEVELS = (-14.0, 58.0)
"""mm above the third ventricle, lowest and highest slice: basal ganglia to convexity."""

_CROWN = 92.0
"""mm from the widest level to the top of the skull."""


# The parts of the left lateral ventricle: path and half-widths in mm, the levels between which
# it is seen, and over how many mm it fades.
_VENTRICLES = (
    (((3.5, -16), (6.5, -25), (12, -33), (16, -37)), (2, 4, 3.4, 1), -30, 22, 8),  # frontal horn
    (((8, -30), (9.5, -12), (12, 8), (19, 26)), (2.5, 4.2, 4.4, 3.5), 12, 38, 10),  # body
    (((20, 24), (24, 32), (25, 41), (21, 50)), (3, 4.6, 3.6, 0.6), -30, 20, 8),  # occipital horn
)


class Tissue(Enum):
    AIR = auto()
    SCALP = auto()
    SKIN = auto()
    SKULL = auto()
    MARROW = auto()
    FLUID = auto()
    GREY = auto()
    WHITE = auto()
    NUCLEUS = auto()
    FALX = auto()
    CALCIUM = auto()
    OEDEMA = auto()
    LESION = auto()


@dataclass(frozen=True, slots=True)
class Lesion:
    """A mass at `centre` mm and `level`, `radius` mm wide, with oedema around it."""

    centre: Point
    level: float
    radius: float
    ripple: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """One person's head. Half-axes and thicknesses in mm; `ventricles` and `sulci` are factors
    of a usual width; `folds` are two noise fields that turn into each other from level to level."""

    half_width: float
    half_length: float
    skull: float
    scalp: float
    ventricles: float
    sulci: float
    lean: float
    folds: tuple[Field, Field]
    plane: Plane
    lesion: Lesion | None


def make_head(rng: np.random.Generator, age: int, lesion: bool) -> Head:
    """A head as `rng` and `age` have it: the older, the wider its ventricles and sulci."""
    plane = replace(
        PLANE,
        turn=float(rng.normal(0, 0.06)),
        shift=(float(rng.normal(0, 4)), float(rng.normal(0, 4))),
    )
    ageing = max(age - 35, 0) / 50
    side = float(rng.choice([-1.0, 1.0]))
    mass = Lesion(
        centre=(side * float(rng.uniform(28, 44)), float(rng.uniform(-34, 34))),
        level=float(rng.uniform(5, 32)),
        radius=float(rng.uniform(9, 16)),
        ripple=tuple(rng.normal(0, 0.06, 8)),
    )
    return Head(
        half_width=float(rng.uniform(68, 77)),
        half_length=float(rng.uniform(85, 97)),
        skull=float(rng.uniform(5.5, 8.5)),
        scalp=float(rng.uniform(4, 8)),
        ventricles=float(rng.uniform(0.75, 1.1) + 0.6 * ageing),
        sulci=float(rng.uniform(0.7, 1.0) + 0.7 * ageing),
        lean=float(rng.normal(0, 1.5)),
        folds=(plane.noise(rng, 8.5), plane.noise(rng, 8.5)),
        plane=plane,
        lesion=mass if lesion else None,
    )


def draw_head(head: Head, level: float, values: Mapping[Tissue, float]) -> Field:
    """The slice at `level` mm, each tissue with its value of `values`."""
    image = head.plane.blank(values[Tissue.AIR])
    for tissue, mask in _tissues(head, level):
        paint(image, mask, values[tissue])
    return image


def _tissues(head: Head, level: float) -> Iterator[tuple[Tissue, Field]]:
    """Masks from the outside in, to be painted in this order."""
    size = float(np.sqrt(1 - (level / _CROWN) ** 2))
    half_width, half_length = head.half_width * size, head.half_length * size
    x, y = head.plane.coordinates()
    # An egg: narrower in front (y < 0). Near the crown the bone is cut aslant, so it looks wider.
    across = x / (half_width * (1 + 0.09 * y / half_length))
    depth = (1 - np.hypot(across, y / half_length)) * (half_width + half_length) / 2
    bone = head.skull * (1 + 0.9 * (1 - size))
    inside = depth - bone
    yield Tissue.SKIN, step(depth + head.scalp)
    yield Tissue.SCALP, step(depth + head.scalp - 2)
    yield Tissue.SKULL, step(depth)
    yield Tissue.MARROW, 0.8 * step(bone * 0.22 - np.abs(depth - bone * 0.5), 1.5)
    yield Tissue.FLUID, step(inside)
    yield from _parenchyma(head, level, inside, x, y)
    scale = (size * head.half_width / 72, size * head.half_length / 90)
    yield from _deep_grey(head, level, scale)
    yield from _fluid_spaces(head, level, scale)
    yield from _midline(head, level, inside, x, y)
    if head.lesion is not None:
        yield from _mass(head, head.lesion, level, step(inside - 3))


def _parenchyma(
    head: Head, level: float, inside: Field, x: Field, y: Field
) -> Iterator[tuple[Tissue, Field]]:
    # Sulci follow the zero lines of a smooth noise field: they wind and branch as real ones do.
    turn = level / 11
    folds = np.cos(turn) * head.folds[0] + np.sin(turn) * head.folds[1]
    ridge = np.abs(folds)
    reach = 20 + 0.12 * max(level, 0)
    cortex = step(reach - inside, 8)
    yield Tissue.GREY, step(inside - 1.2 * head.sulci)
    white = step(inside - 5, 2) * (1 - cortex * (1 - step(ridge - 0.75, 0.35)))
    yield Tissue.WHITE, white
    narrow = 0.13 * head.sulci * cortex * step(inside)
    sulci = np.clip(1.5 * np.exp(-((ridge / (narrow + 1e-3)) ** 2)), 0, 1)
    yield Tissue.FLUID, sulci * cortex * step(inside)
    sylvian = fade(level, -40, 16, 10)
    if sylvian > 0:
        gap = curve([(64, -12), (52, -14), (42, -8), (37, 4), (36, 12)])
        width = np.array([3.2, 2.4, 2.0, 1.4, 0.3]) * head.sulci
        fissures = [tube(gap, width), mirror(tube(gap, width))]
        yield Tissue.FLUID, sylvian * head.plane.fill(*fissures, soften=0.7) * step(inside)


def _deep_grey(head: Head, level: float, scale: Point) -> Iterator[tuple[Tissue, Field]]:
    seen = fade(level, -25, 16, 12)
    if seen <= 0:
        return
    nuclei = [
        ellipse((14.5, -21), (4.5, 9), 0.25),
        ellipse((26, -5), (5.5, 15), 0.22),
        ellipse((11, 8), (8, 13), -0.35),
        ellipse((35, -2), (1.8, 19), 0.1),
    ]
    shown = [part * scale for nucleus in nuclei for part in (nucleus, mirror(nucleus))]
    yield Tissue.NUCLEUS, seen * head.plane.fill(*shown, soften=1.0)


def _fluid_spaces(head: Head, level: float, scale: Point) -> Iterator[tuple[Tissue, Field]]:
    wide = head.ventricles
    for path, radii, start, end, edge in _VENTRICLES:
        seen = fade(level, start, end, edge)
        if seen > 0:
            outline = tube(curve(path), np.array(radii) * wide) * scale
            pair = (outline, mirror(outline))
            yield Tissue.FLUID, seen * head.plane.fill(*pair, soften=0.6)
    third = fade(level, -40, 4, 8)
    if third > 0:
        slit = tube(curve([(0, -12), (0, 0), (0, 12)]), np.array([0.6, 2.0, 1.2]) * wide)
        cistern = curve([(-13, 24), (0, 27), (13, 24), (4, 31), (0, 36), (-4, 31)], closed=True)
        yield Tissue.FLUID, third * head.plane.fill(slit * scale, cistern * scale, soften=0.6)
        glands = [ellipse((0, 23), (2, 2)), ellipse((23, 34), (2.2, 3)), ellipse((-23, 33), (2, 3))]
        yield Tissue.CALCIUM, third * head.plane.fill(*[gland * scale for gland in glands])


def _midline(
    head: Head, level: float, inside: Field, x: Field, y: Field
) -> Iterator[tuple[Tissue, Field]]:
    bend = head.lean * np.sin(y / 45)
    # Under the corpus callosum the two halves meet; the fissure is open in front and behind only.
    closed = 1 - fade(level, 34, 200, 14)
    open_at = np.maximum(step(-y - 38, 6), step(y - 42, 6))
    gap = np.maximum(open_at, 1 - closed).astype(np.float32) * step(inside)
    distance = np.abs(x - bend)
    yield Tissue.FLUID, step(1.3 * head.sulci - distance) * gap
    yield Tissue.FALX, 0.8 * step(0.55 - distance) * gap


def _mass(head: Head, lesion: Lesion, level: float, brain: Field) -> Iterator[tuple[Tissue, Field]]:
    away = (level - lesion.level) / lesion.radius
    oedema = 1 - (away / 2) ** 2
    if oedema <= 0:
        return
    spread = 1.55 * lesion.radius * float(np.sqrt(oedema))
    halo = ellipse(lesion.centre, (spread, 1.15 * spread), 0.4, [4 * r for r in lesion.ripple[:4]])
    yield Tissue.OEDEMA, brain * head.plane.fill(halo, soften=2.5)
    core = 1 - away**2
    if core > 0:
        radius = lesion.radius * float(np.sqrt(core))
        mass = ellipse(lesion.centre, (radius, 0.9 * radius), 0.0, lesion.ripple)
        yield Tissue.LESION, brain * head.plane.fill(mass, soften=0.8)

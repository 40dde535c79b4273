"""Drawing in millimetres: planes, outlines, masks and smooth noise.

An outline is an (n, 2) array of x, y points in mm; a mask is a float32 field of coverage in
[0, 1] that has the plane's shape. Anatomy is painted by blending values over a field, in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

Field: TypeAlias = npt.NDArray[np.float32]
"""One value a pixel: float32, (rows, columns)."""

Values: TypeAlias = npt.NDArray[np.floating[Any]]
"""As a Field, of any precision: what is painted into one."""

Outline: TypeAlias = npt.NDArray[np.float64]
"""Points in mm: float64, (n, 2), x to the right and y down, of a curve or a closed polygon."""

Point: TypeAlias = tuple[float, float]

_OVERSAMPLING = 3
_FULL = 255.0


@dataclass(frozen=True, slots=True)
class Plane:
    """A picture of `rows` by `columns` pixels of `spacing` mm, its origin in the middle.

    The body lies in it turned by `turn` radians and moved by `shift` mm, so that anatomy is
    always drawn in the body's own coordinates. `mirrored` swaps left and right.
    """

    rows: int
    columns: int
    spacing: float
    turn: float = 0.0
    shift: Point = (0.0, 0.0)
    mirrored: bool = False

    def coordinates(self) -> tuple[Field, Field]:
        """x and y in the body's mm at every pixel centre, each (rows, columns)."""
        x = (np.arange(self.columns) - (self.columns - 1) / 2) * self.spacing - self.shift[0]
        y = (np.arange(self.rows) - (self.rows - 1) / 2) * self.spacing - self.shift[1]
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        across = cos * x[None, :] + sin * y[:, None]
        down = cos * y[:, None] - sin * x[None, :]
        side = -1.0 if self.mirrored else 1.0
        return (side * across).astype(np.float32), down.astype(np.float32)

    def blank(self, value: float = 0.0) -> Field:
        return np.full((self.rows, self.columns), value, np.float32)

    def fill(self, *outlines: Outline, soften: float = 0.0) -> Field:
        """The mask of the union of closed `outlines`; its edge is blurred by `soften` mm."""
        polygons = [self._pixels(outline) for outline in outlines]
        sigma = soften / self.spacing
        margin = 2 + int(3 * sigma)
        corners = np.concatenate(polygons)
        left, top = np.floor(corners.min(axis=0)).astype(int) - margin
        right, bottom = np.ceil(corners.max(axis=0)).astype(int) + margin
        # Far outside the picture nothing can be seen: the box stays within one margin of it.
        left, top = max(int(left), -margin), max(int(top), -margin)
        right = min(int(right), self.columns + margin)
        bottom = min(int(bottom), self.rows + margin)
        mask = self.blank()
        if right <= left or bottom <= top:
            return mask
        box = Image.new("L", ((right - left) * _OVERSAMPLING, (bottom - top) * _OVERSAMPLING))
        draw = ImageDraw.Draw(box)
        for polygon in polygons:
            corner = (polygon - (left, top)) * _OVERSAMPLING
            draw.polygon(corner.ravel().tolist(), fill=255)
        small = box.reduce(_OVERSAMPLING)
        if sigma > 0:
            small = small.filter(ImageFilter.GaussianBlur(sigma))
        coverage = np.asarray(small, np.float32) / np.float32(_FULL)
        if top >= self.rows or left >= self.columns or bottom <= 0 or right <= 0:
            return mask  # only the margin for blurring reaches the picture
        rows = slice(max(top, 0), min(bottom, self.rows))
        columns = slice(max(left, 0), min(right, self.columns))
        mask[rows, columns] = coverage[
            rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
        ]
        return mask

    def noise(self, rng: np.random.Generator, scale: float) -> Field:
        """Smooth random values of mean 0 and deviation 1 that vary over about `scale` mm."""
        step = scale / self.spacing
        shape = (int(self.rows / step) + 4, int(self.columns / step) + 4)
        coarse = Image.fromarray(rng.standard_normal(shape).astype(np.float32))
        size = (round(shape[1] * step), round(shape[0] * step))
        fine = np.asarray(coarse.resize(size, Image.Resampling.BICUBIC), np.float32)
        top, left = (fine.shape[0] - self.rows) // 2, (fine.shape[1] - self.columns) // 2
        field = fine[top : top + self.rows, left : left + self.columns]
        return np.asarray((field - field.mean()) / field.std(), np.float32)

    def _pixels(self, outline: Outline) -> Outline:
        side = -1.0 if self.mirrored else 1.0
        x, y = side * outline[:, 0], outline[:, 1]
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        across = (cos * x - sin * y + self.shift[0]) / self.spacing + self.columns / 2
        down = (sin * x + cos * y + self.shift[1]) / self.spacing + self.rows / 2
        return np.stack([across, down], axis=1)


def paint(field: Field, mask: Values, value: float | Values) -> None:
    """Blend `value` over `field`, in place, as far as `mask` covers it."""
    field += mask * (value - field)


def ellipse(
    centre: Point, radii: Point, turn: float = 0.0, ripple: Sequence[float] = ()
) -> Outline:
    """A closed ellipse; `ripple` adds Fourier harmonics from the second on (cosine, sine, …),
    as fractions of the radius, which make it irregular."""
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    radius = np.ones_like(angle)
    for index, amplitude in enumerate(ripple):
        wave = np.cos if index % 2 == 0 else np.sin
        radius += amplitude * wave((2 + index // 2) * angle)
    x, y = radii[0] * radius * np.cos(angle), radii[1] * radius * np.sin(angle)
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([centre[0] + cos * x - sin * y, centre[1] + sin * x + cos * y], axis=1)


def curve(points: npt.ArrayLike, closed: bool = False, steps: int = 8) -> Outline:
    """A Catmull-Rom spline through (n, 2) `points`, `steps` points a segment."""
    knots = np.asarray(points, np.float64)
    if closed:
        knots = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        ends = 2 * knots[[0, -1]] - knots[[1, -2]]
        knots = np.concatenate([ends[:1], knots, ends[1:]])
    before, start, end, after = knots[:-3], knots[1:-2], knots[2:-1], knots[3:]
    t = np.linspace(0, 1, steps, endpoint=False)[:, None, None]
    spline = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * (start - end) + after - before) * t**3
    )
    path: Outline = spline.transpose(1, 0, 2).reshape(-1, 2)
    return path if closed else np.concatenate([path, end[-1:]])


def tube(path: Outline, radius: npt.ArrayLike) -> Outline:
    """The closed outline of a band along `path`; `radius` in mm is one number, or a profile
    that is stretched over the length of the path."""
    profile = np.atleast_1d(np.asarray(radius, np.float64))
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    radii = np.interp(along / max(along[-1], 1e-9), np.linspace(0, 1, len(profile)), profile)
    tangent = np.gradient(path, axis=0)
    tangent /= np.maximum(np.hypot(tangent[:, 0], tangent[:, 1]), 1e-9)[:, None]
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) * radii[:, None]
    return np.concatenate([path + normal, (path - normal)[::-1]])


def stretched(field: Field, rows: int, columns: int) -> Field:
    """`field` in another number of pixels."""
    if field.shape == (rows, columns):
        return field
    image = Image.fromarray(field).resize((columns, rows), Image.Resampling.BILINEAR)
    return np.asarray(image, np.float32)


def resized(outline: Outline, factor: float) -> Outline:
    """The same outline `factor` times as large, about the mean of its points."""
    centre: Outline = outline.mean(axis=0)
    return factor * (outline - centre) + centre


def moved(outline: Outline, offset: Point) -> Outline:
    """The same outline `offset` mm further."""
    return np.add(outline, offset)


def mirror(outline: Outline) -> Outline:
    """The same outline on the other side of the body."""
    return outline * (-1.0, 1.0)


def blur(field: Field, sigma: float) -> Field:
    """`field` under a Gaussian of `sigma` pixels; beyond its borders it goes on as it ends."""
    # A wide Gaussian leaves nothing fine, so it is as well done on a smaller picture.
    shrink = max(int(sigma // 3), 1)
    small = np.asarray(Image.fromarray(field).reduce(shrink), np.float32)
    margin = int(np.ceil(3 * sigma / shrink))
    padded = np.pad(small, margin, mode="edge")
    rows, columns = padded.shape
    width = 2 * (np.pi * sigma / shrink) ** 2
    down, across = np.fft.fftfreq(rows), np.fft.rfftfreq(columns)
    gain = np.exp(-width * (down[:, None] ** 2 + across**2)).astype(np.float32)
    soft = np.fft.irfft2(np.fft.rfft2(padded) * gain, s=padded.shape)
    soft = soft[margin : rows - margin, margin : columns - margin].astype(np.float32)
    if shrink == 1:
        return np.ascontiguousarray(soft)
    size = (field.shape[1], field.shape[0])
    return np.asarray(Image.fromarray(soft).resize(size, Image.Resampling.BILINEAR), np.float32)


def step(distance: Values, edge: float = 1.0) -> Field:
    """The mask of where `distance` is positive, with a soft edge of `edge`."""
    mask: Field = np.clip(distance / edge + 0.5, 0, 1).astype(np.float32, copy=False)
    return mask


def fade(value: float, start: float, end: float, edge: float) -> float:
    """How much of something that lives between levels `start` and `end` is seen at `value`:
    0 to 1, with slopes of width `edge`."""
    inside = min(value - start, end - value) / edge + 0.5
    return float(np.clip(inside, 0, 1))

"""Outlines and masks against areas and places that are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.phantoms.drawing import (
    Plane,
    blur,
    curve,
    ellipse,
    fade,
    mirror,
    moved,
    paint,
    resized,
    tube,
)

PLANE = Plane(rows=90, columns=120, spacing=0.5)

radii = st.floats(3, 10)
places = st.tuples(st.floats(-15, 15), st.floats(-8, 8))
turns = st.floats(-3, 3)


@given(centre=places, radius=st.tuples(radii, radii), turn=turns)
def test_a_mask_covers_the_area_of_its_ellipse_at_its_place(
    centre: tuple[float, float], radius: tuple[float, float], turn: float
) -> None:
    mask = PLANE.fill(ellipse(centre, radius, turn))
    area = float(mask.sum()) * PLANE.spacing**2
    assert area == pytest.approx(np.pi * radius[0] * radius[1], rel=0.08)
    x, y = PLANE.coordinates()
    assert float((mask * x).sum() / mask.sum()) == pytest.approx(centre[0], abs=0.2)
    assert float((mask * y).sum() / mask.sum()) == pytest.approx(centre[1], abs=0.2)


@given(centre=places, turn=st.floats(-0.4, 0.4), mirrored=st.booleans())
def test_masks_and_coordinates_agree_on_where_the_body_lies(
    centre: tuple[float, float], turn: float, mirrored: bool
) -> None:
    plane = Plane(120, 140, 0.5, turn=turn, shift=(2.0, -1.5), mirrored=mirrored)
    mask = plane.fill(ellipse(centre, (4, 4)))
    x, y = plane.coordinates()
    assert float((mask * x).sum() / mask.sum()) == pytest.approx(centre[0], abs=0.2)
    assert float((mask * y).sum() / mask.sum()) == pytest.approx(centre[1], abs=0.2)


@given(centre=st.tuples(st.floats(-200, 200), st.floats(-200, 200)), soften=st.floats(0, 4))
def test_what_lies_outside_is_cut_off(centre: tuple[float, float], soften: float) -> None:
    mask = PLANE.fill(ellipse(centre, (40, 30)), soften=soften)
    assert mask.shape == (90, 120)
    assert mask.dtype == np.float32
    assert float(mask.min()) >= 0
    assert float(mask.max()) <= 1


def test_a_union_counts_an_overlap_once() -> None:
    disc = ellipse((0, 0), (8, 8))
    assert np.array_equal(PLANE.fill(disc, disc), PLANE.fill(disc))


def test_a_curve_passes_through_its_points() -> None:
    points = np.array([(0.0, 0.0), (3.0, 1.0), (5.0, 6.0), (9.0, 2.0)])
    for closed in (False, True):
        path = curve(points, closed=closed, steps=8)
        assert np.allclose(path[: 8 * len(points) : 8], points)


def test_a_tube_has_the_width_it_is_given() -> None:
    path = np.stack([np.linspace(-20, 20, 30), np.zeros(30)], axis=1)
    assert PLANE.fill(tube(path, 3.0)).sum() * 0.25 == pytest.approx(240, rel=0.05)
    tapered = PLANE.fill(tube(path, [4.0, 0.0]))
    assert tapered.sum() * 0.25 == pytest.approx(160, rel=0.06)
    assert tapered[:, :60].sum() > 2.5 * tapered[:, 60:].sum()


def test_outlines_are_moved_mirrored_and_resized() -> None:
    disc = ellipse((5, 1), (2, 3))
    assert np.allclose(mirror(disc).mean(axis=0), (-5, 1))
    assert np.allclose(moved(disc, (1, 2)).mean(axis=0), (6, 3))
    assert np.allclose(np.ptp(resized(disc, 0.5), axis=0), np.ptp(disc, axis=0) / 2)


@pytest.mark.parametrize("sigma", [0.7, 2.0, 12.0])
def test_blurring_spreads_and_keeps_the_sum(sigma: float) -> None:
    field = PLANE.blank()
    field[40:50, 55:65] = 1
    soft = blur(field, sigma)
    assert float(soft.sum()) == pytest.approx(100, rel=0.03)
    assert float(soft.max()) < 1.02
    assert np.allclose(blur(PLANE.blank(3.0), sigma), 3.0, atol=1e-3)


def test_painting_blends_as_far_as_the_mask_goes() -> None:
    field = np.array([[0.0, 10.0, 10.0]], np.float32)
    paint(field, np.array([[1.0, 0.5, 0.0]], np.float32), 4.0)
    assert field.tolist() == [[4.0, 7.0, 10.0]]


def test_noise_is_standard_and_smooth() -> None:
    noise = PLANE.noise(np.random.default_rng(0), 8.0)
    assert float(noise.mean()) == pytest.approx(0, abs=1e-4)
    assert float(noise.std()) == pytest.approx(1, abs=1e-3)
    assert float(np.abs(np.diff(noise, axis=1)).max()) < 0.5


def test_fading_in_and_out() -> None:
    assert [fade(level, 0, 10, 2) for level in (-5, 0, 5, 10, 15)] == [0, 0.5, 1, 0.5, 0]

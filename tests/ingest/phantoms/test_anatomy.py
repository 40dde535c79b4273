"""Bodies: a lesion is where it was put, the same person is drawn alike, two are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from ingest.phantoms.anatomy.abdomen import make_abdomen
from ingest.phantoms.anatomy.abdomen_slice import draw_abdomen
from ingest.phantoms.anatomy.breast import breast_scene, make_breast
from ingest.phantoms.anatomy.chest import draw_frontal, make_chest
from ingest.phantoms.anatomy.chest_lateral import draw_lateral
from ingest.phantoms.anatomy.flank import flank_scene, make_flank
from ingest.phantoms.anatomy.hand import draw_hand, make_hand
from ingest.phantoms.anatomy.head import LEVELS, Tissue, draw_head, make_head
from ingest.phantoms.anatomy.neck import make_neck, neck_scene
from ingest.phantoms.drawing import Field

WATER = dict.fromkeys(Tissue, 0.0) | {Tissue.LESION: 1.0}
FLUID = dict.fromkeys(Tissue, 0.0) | {Tissue.FLUID: 1.0}


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def head(seed: int, lesion: bool) -> Field:
    body = make_head(rng(seed), 50, lesion)
    level = body.lesion.level if body.lesion else 20.0
    values = {tissue: 10.0 * number for number, tissue in enumerate(Tissue)}
    return draw_head(body, level, values)


def abdomen(seed: int, lesion: bool) -> Field:
    return draw_abdomen(make_abdomen(rng(seed), lesion), 0.35)


@dataclass(frozen=True)
class Drawn:
    name: str
    draw: Callable[[int, bool], Field]


BODIES = [
    Drawn("head", head),
    Drawn("abdomen", abdomen),
    Drawn("chest", lambda seed, lesion: draw_frontal(make_chest(rng(seed), "F", lesion))),
    Drawn("chest, side", lambda seed, lesion: draw_lateral(make_chest(rng(seed), "M", lesion))),
    Drawn("hand", lambda seed, lesion: draw_hand(make_hand(rng(seed), "F", "L", lesion))),
    Drawn("breast", lambda seed, lesion: breast_scene(make_breast(rng(seed), lesion)).echo),
    Drawn("neck", lambda seed, lesion: neck_scene(make_neck(rng(seed), lesion))[0].echo),
    Drawn("flank", lambda seed, lesion: flank_scene(make_flank(rng(seed), lesion)).echo),
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.name)
def test_one_person_is_always_drawn_alike_and_two_are_not(body: Drawn) -> None:
    assert np.array_equal(body.draw(1, False), body.draw(1, False))
    assert not np.array_equal(body.draw(1, False), body.draw(2, False))


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.name)
def test_drawings_are_finite_fields(body: Drawn) -> None:
    for seed in range(3):
        field = body.draw(seed, seed == 1)
        assert field.ndim == 2
        assert field.dtype == np.float32
        assert np.isfinite(field).all()


@pytest.mark.parametrize("body", BODIES[2:], ids=lambda body: body.name)
def test_a_lesion_changes_a_small_part_of_the_picture(body: Drawn) -> None:
    changed = np.abs(body.draw(4, True) - body.draw(4, False)) > 0.02
    assert 0.0003 < changed.mean() < 0.12


def test_a_brain_lesion_is_largest_at_its_own_level() -> None:
    body = make_head(rng(5), 40, lesion=True)
    assert body.lesion is not None
    levels = body.lesion.level + np.array([-2.0, -0.8, 0.0, 0.8, 2.0]) * body.lesion.radius
    sizes = [float(draw_head(body, level, WATER).sum()) for level in levels]
    assert sizes[0] == sizes[4] == 0
    assert sizes[2] > sizes[1] > 0
    assert sizes[2] > sizes[3] > 0


def test_ventricles_and_sulci_widen_with_age() -> None:
    young, old = (
        float(draw_head(make_head(rng(6), age, lesion=False), 10.0, FLUID).sum())
        for age in (25, 85)
    )
    assert old > 1.3 * young


def test_a_head_is_smaller_near_its_crown() -> None:
    body = make_head(rng(7), 40, lesion=False)
    solid = dict.fromkeys(Tissue, 1.0) | {Tissue.AIR: 0.0}
    low, high = (float(draw_head(body, level, solid).sum()) for level in LEVELS)
    assert low > 1.25 * high


def test_left_and_right_hands_are_mirror_images() -> None:
    right, left = (draw_hand(make_hand(rng(8), "M", side, lesion=False)) for side in "RL")
    middle = right.shape[1] // 2
    thumb = slice(170, 230)  # rows in which only the thumb lies to one side
    assert right[thumb, : middle - 60].mean() > 1.5 * right[thumb, middle + 60 :].mean()
    assert left[thumb, middle + 60 :].mean() > 1.5 * left[thumb, : middle - 60].mean()


def test_breathing_moves_the_liver_but_not_the_wall() -> None:
    body = make_flank(rng(9), lesion=False)
    still, deep = flank_scene(body).echo, flank_scene(body, breath=8.0).echo
    assert np.array_equal(still[:36], deep[:36])
    assert not np.allclose(still[120:], deep[120:])

"""The B-mode scan shows what physics would."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.phantoms.drawing import Field
from ingest.phantoms.ultrasound import (
    ABDOMINAL_PLANE,
    ABDOMINAL_PROBE,
    SILENT,
    SUPERFICIAL_PLANE,
    SUPERFICIAL_PROBE,
    Grey,
    Scene,
    scan,
)

MIDDLE = slice(190, 210)


def picture(echo: Field, absorption: Field) -> Grey:
    rng = np.random.default_rng(0)
    return scan(SUPERFICIAL_PLANE, SUPERFICIAL_PROBE, Scene(echo, absorption), rng)


def tissue() -> tuple[Field, Field]:
    return SUPERFICIAL_PLANE.blank(-25.0), SUPERFICIAL_PLANE.blank(0.05)


def test_outside_the_beams_is_black() -> None:
    grey = picture(*tissue())
    assert grey.shape == (304, 400)
    assert grey.dtype == np.uint8
    assert not grey[:, :40].any()
    assert not grey[:20].any()
    fan = scan(
        ABDOMINAL_PLANE,
        ABDOMINAL_PROBE,
        Scene(ABDOMINAL_PLANE.blank(-25.0), ABDOMINAL_PLANE.blank(0.05)),
        np.random.default_rng(0),
    )
    lit = (fan > 0).sum(axis=1)
    assert lit[180] > lit[120] > lit[60] > 0


def test_fluid_is_black_and_tissue_speckled() -> None:
    echo, absorption = tissue()
    echo[150:200, 150:250] = SILENT
    grey = picture(echo, absorption)
    assert grey[160:190, 160:240].mean() < 0.25 * grey[100:140, 160:240].mean()
    # Rayleigh speckle on a decibel scale has a deviation of 5.57 dB, here 23 of 255 / 62 dB.
    assert grey[100:140, 160:240].std() == pytest.approx(5.57 * 255 / 62, rel=0.35)


def test_an_absorber_throws_a_shadow_and_fluid_lights_up_what_lies_behind() -> None:
    echo, absorption = tissue()
    plain = picture(echo, absorption)[220:280, MIDDLE].mean()
    absorption[120:180, 150:250] += 2.0
    assert picture(echo, absorption)[220:280, MIDDLE].mean() < 0.7 * plain
    absorption[120:180, 150:250] -= 3.0
    assert picture(echo, absorption)[220:280, MIDDLE].mean() > 1.1 * plain


def test_depth_darkens_beyond_what_the_gain_makes_good() -> None:
    echo, absorption = tissue()
    absorption += 0.6
    grey = picture(echo, absorption)
    assert grey[60:90, MIDDLE].mean() > 1.3 * grey[240:270, MIDDLE].mean()

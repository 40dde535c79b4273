"""Ultrasound of breast, thyroid and liver: 8-bit stills, some in colour, and a liver cine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from pydicom.tag import Tag
from pydicom.uid import UltrasoundImageStorage, UltrasoundMultiFrameImageStorage

from ingest.phantoms.anatomy.breast import breast_scene, make_breast
from ingest.phantoms.anatomy.flank import flank_scene, make_flank
from ingest.phantoms.anatomy.neck import make_neck, neck_scene
from ingest.phantoms.drawing import Field, Plane
from ingest.phantoms.exams.exam import (
    BREAST,
    LIVER,
    THYROID,
    Attributes,
    Order,
    Picture,
    Region,
    Series,
    described,
    region_attributes,
    reposition,
)
from ingest.phantoms.ultrasound import (
    ABDOMINAL_PLANE,
    ABDOMINAL_PROBE,
    SUPERFICIAL_PLANE,
    SUPERFICIAL_PROBE,
    TOP,
    Grey,
    scan,
)

CINE_FRAMES = 8


def us_breast(order: Order) -> list[Series]:
    """Two stills of one breast, the probe moved a little between them."""
    rng = order.visit_rng()
    body_rng = order.body_rng()
    body = make_breast(body_rng, order.lesion)
    side = str(body_rng.choice(["L", "R"]))

    def pictures() -> Iterator[Picture]:
        for sway in (0.0, float(rng.uniform(-4, 4))):
            grey = scan(SUPERFICIAL_PLANE, SUPERFICIAL_PROBE, breast_scene(body, sway), rng)
            yield Picture(_with_scale(grey, SUPERFICIAL_PLANE), {})

    attributes = {
        **_still(order, BREAST, SUPERFICIAL_PLANE),
        "StudyDescription": described(f"US breast {'left' if side == 'L' else 'right'}"),
        "SeriesDescription": "Breast, hypoechoic nodule" if order.lesion else "Breast",
        "ProtocolName": "Breast",
        "Laterality": side,
    }
    return [Series(UltrasoundImageStorage, attributes, pictures())]


def us_thyroid(order: Order) -> list[Series]:
    """Two stills across the neck; every other examination shows the flow in colour."""
    rng = order.visit_rng()
    neck = make_neck(order.body_rng(), order.lesion)
    colour = order.turn % 2 == 0

    def pictures() -> Iterator[Picture]:
        for _ in range(2):
            shown = replace(neck, plane=reposition(neck.plane, rng))
            scene, blood = neck_scene(shown)
            grey = scan(SUPERFICIAL_PLANE, SUPERFICIAL_PROBE, scene, rng)
            still = _with_scale(grey, SUPERFICIAL_PLANE)
            yield Picture(_coloured(still, blood, rng) if colour else still, {})

    attributes = {
        **_still(order, THYROID, SUPERFICIAL_PLANE),
        "StudyDescription": described("US thyroid"),
        "SeriesDescription": "Thyroid transverse" + (", nodule" if order.lesion else ""),
        "ProtocolName": "Thyroid",
        "UltrasoundColorDataPresent": int(colour),
    }
    return [Series(UltrasoundImageStorage, attributes, pictures())]


def us_liver(order: Order) -> list[Series]:
    """Two stills of the liver; the first examination of a sample has a cine loop, too."""
    rng = order.visit_rng()
    flank = make_flank(order.body_rng(), order.lesion)
    flank = replace(flank, plane=reposition(flank.plane, rng))

    def view(breath: float) -> Grey:
        grey = scan(ABDOMINAL_PLANE, ABDOMINAL_PROBE, flank_scene(flank, breath), rng)
        return _with_scale(grey, ABDOMINAL_PLANE)

    attributes = {
        **_still(order, LIVER, ABDOMINAL_PLANE),
        "StudyDescription": described("US liver"),
        "SeriesDescription": "Liver, nodule" if order.lesion else "Liver",
        "ProtocolName": "Abdomen liver",
    }
    stills = (Picture(view(breath), {}) for breath in (0.0, float(rng.uniform(4, 9))))
    series = [Series(UltrasoundImageStorage, attributes, stills)]
    if order.turn == 0:
        loop = {**attributes, "SeriesDescription": "Liver, breathing cine"}
        series.append(Series(UltrasoundMultiFrameImageStorage, loop, _cine(view)))
    return series


def _cine(view: Callable[[float], Grey]) -> Iterator[Picture]:
    phases = 2 * np.pi * np.arange(CINE_FRAMES) / CINE_FRAMES
    frames = np.stack([view(5 * float(1 - np.cos(phase))) for phase in phases])
    timing = {
        "NumberOfFrames": CINE_FRAMES,
        "FrameTime": 125.0,
        "FrameIncrementPointer": Tag("FrameTime"),
    }
    yield Picture(frames, timing)


def _still(order: Order, region: Region, plane: Plane) -> Attributes:
    calibration = {
        "RegionSpatialFormat": 1,
        "RegionDataType": 1,
        "RegionFlags": 0,
        "RegionLocationMinX0": 0,
        "RegionLocationMinY0": 0,
        "RegionLocationMaxX1": plane.columns - 1,
        "RegionLocationMaxY1": plane.rows - 1,
        "PhysicalUnitsXDirection": 3,
        "PhysicalUnitsYDirection": 3,
        "PhysicalDeltaX": plane.spacing / 10,
        "PhysicalDeltaY": plane.spacing / 10,
    }
    return {
        "Modality": "US",
        "ImageType": ["ORIGINAL", "PRIMARY"],
        "LossyImageCompression": "00",
        "SequenceOfUltrasoundRegions": [calibration],
        **region_attributes(region, order.turn),
    }


def _with_scale(grey: Grey, plane: Plane) -> Grey:
    """The picture with a grey bar on its left and a tick every 10 mm of depth on its right."""
    framed = grey.copy()
    bar = np.linspace(255, 0, 120)
    framed[40:160, 8:16] = bar.astype(np.uint8)[:, None]
    ticks = np.arange(TOP, plane.rows * plane.spacing, 10.0) / plane.spacing
    for tick in ticks.astype(int):
        framed[tick, -9:-3] = 190
    return framed


def _coloured(grey: Grey, blood: Field, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """RGB: flow towards the probe in red, away from it in blue, one on each side."""
    rgb = np.repeat(grey[..., None], 3, axis=2)
    speed = 0.6 + 0.4 * rng.random(blood.shape, dtype=np.float32)
    flow = (blood > 0.6) & (grey < 120)
    flow[:, :52] = flow[:, -52:] = False
    left = np.arange(grey.shape[1])[None, :] < grey.shape[1] // 2
    red = np.stack([230 * speed, 90 * speed**3, 20 * speed], axis=-1).astype(np.uint8)
    for side, tint in ((left, red), (~left, red[..., ::-1])):
        rgb[flow & side] = tint[flow & side]
    return rgb

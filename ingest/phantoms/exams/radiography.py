"""Radiographs of the chest and the hand: CR as MONOCHROME2, DX as MONOCHROME1, 12 bits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    DigitalXRayImageStorageForPresentation,
)

from ingest.phantoms.anatomy.chest import draw_frontal, make_chest
from ingest.phantoms.anatomy.chest_lateral import draw_lateral
from ingest.phantoms.anatomy.hand import draw_hand, make_hand
from ingest.phantoms.drawing import Field, Outline, Plane, blur, curve, tube
from ingest.phantoms.exams.exam import (
    CHEST,
    HAND,
    Attributes,
    Order,
    Picture,
    Region,
    Series,
    described,
    region_attributes,
    reposition,
)

_WHITEST = 4095


def xr_chest(order: Order) -> list[Series]:
    """Front and side, or, of a patient who cannot stand, one film from the front."""
    rng = order.visit_rng()
    chest = make_chest(order.body_rng(), order.sex, order.lesion)
    chest = replace(chest, plane=reposition(chest.plane, rng))
    finding = ", nodule" if order.lesion else ""
    bedside = order.turn % 4 == 3
    study = {
        "StudyDescription": described("XR chest portable" if bedside else "XR chest 2 views"),
        "ProtocolName": "Chest portable" if bedside else "Chest",
    }
    front = "AP" if bedside else "PA"
    views: list[tuple[str, str, Callable[[], Field], tuple[str, str]]] = [
        (front, f"Chest {front}{finding}", partial(draw_frontal, chest), ("L", "F"))
    ]
    if not bedside:
        side = (f"Chest lateral{finding}", partial(draw_lateral, chest), ("P", "F"))
        views.append(("LL", *side))
    return [
        _film_series(
            order,
            CHEST,
            {
                **study,
                "SeriesDescription": description,
                "ViewPosition": view,
                "PatientOrientation": list(orientation),
            },
            _film(order, chest.plane, draw, "L" if view == "LL" else "R", (-150, -182), rng),
        )
        for view, description, draw, orientation in views
    ]


def xr_hand(order: Order) -> list[Series]:
    """Both hands from the back, or one hand from the palm."""
    rng = order.visit_rng()
    sides = "LR" if order.turn % 2 == 0 else "LR"[order.turn // 2 % 2]
    view = "PA" if len(sides) == 2 else "AP"
    name = "XR hands both" if len(sides) == 2 else f"XR hand {_side_name(sides)}"
    series = []
    for side in sides:
        lesion = order.lesion and side == "L"
        hand = make_hand(order.body_rng(), order.sex, side, lesion)
        # From the palm, left and right change places on the film.
        plane = reposition(hand.plane, rng)
        hand = replace(hand, plane=replace(plane, mirrored=plane.mirrored ^ (view == "AP")))
        finding = ", lucent nodule" if lesion else ""
        attributes = {
            "StudyDescription": described(name),
            "SeriesDescription": f"Hand {_side_name(side)} {view}{finding}",
            "ProtocolName": f"Hand {_side_name(side)}",
            "ViewPosition": view,
            "ImageLaterality": side,
            "PatientOrientation": ["L" if view == "PA" else "R", "H"],
        }
        drawing = _film(order, hand.plane, partial(draw_hand, hand), side, (78, 92), rng)
        series.append(_film_series(order, HAND, attributes, drawing))
    return series


def _side_name(side: str) -> str:
    return "left" if side == "L" else "right"


def _film_series(
    order: Order, region: Region, attributes: Attributes, pictures: Iterator[Picture]
) -> Series:
    digital = _is_digital(order)
    shared = {
        "BitsStored": 12,
        "WindowCenter": 2048,
        "WindowWidth": 4096,
        "KVP": 110 if region is CHEST else 52,
        **region_attributes(region, order.turn),
        **attributes,
    }
    if not digital:
        laterality = {"Laterality": shared["ImageLaterality"]} if region is HAND else {}
        plate = {"Modality": "CR", "ImageType": ["ORIGINAL", "PRIMARY"], "PlateType": "Phosphor"}
        return Series(ComputedRadiographyImageStorage, {**plate, **laterality, **shared}, pictures)
    digital_only = {
        "Modality": "DX",
        "ImageType": ["ORIGINAL", "PRIMARY", ""],
        "ImageLaterality": "U",
        "AnatomicRegionSequence": [],
        "AcquisitionContextSequence": [],
        "PresentationIntentType": "FOR PRESENTATION",
        "PixelIntensityRelationship": "LOG",
        "PixelIntensityRelationshipSign": 1,
        "RescaleIntercept": 0,
        "RescaleSlope": 1,
        "RescaleType": "US",
        "PresentationLUTShape": "INVERSE",
        "PhotometricInterpretation": "MONOCHROME1",
        "LossyImageCompression": "00",
        "DetectorType": "SCINTILLATOR",
    }
    return Series(DigitalXRayImageStorageForPresentation, {**digital_only, **shared}, pictures)


def _is_digital(order: Order) -> bool:
    return order.turn // 2 % 2 == 1


def _film(
    order: Order,
    plane: Plane,
    draw: Callable[[], Field],
    letter: str,
    corner: tuple[float, float],
    rng: np.random.Generator,
) -> Iterator[Picture]:
    """One picture: the drawing with a lead letter at `corner` (mm), noise, as 12-bit values."""
    image = draw()
    lead = replace(plane, turn=0.0, shift=corner, mirrored=False)
    image = np.maximum(image, 0.97 * lead.fill(*_letter(letter), soften=0.4))
    grain = rng.standard_normal(image.shape, dtype=np.float32)
    image = blur(image + np.float32(0.022) * grain, 0.6)
    stored = np.clip(np.rint(_WHITEST * (0.03 + 0.94 * image)), 0, _WHITEST)
    if _is_digital(order):
        stored = _WHITEST - stored
    spacing = {"ImagerPixelSpacing": [plane.spacing, plane.spacing]}
    yield Picture(stored.astype(np.uint16), spacing)


def _letter(letter: str) -> list[Outline]:
    """The strokes of an L or an R, 14 mm high."""
    strokes = [[(-4, -7), (-4, 7)]]
    strokes += [[(-4, 6), (4, 6)]] if letter == "L" else [[(-1, 0), (4, 7)]]
    outlines = [tube(np.array(stroke, np.float64), 1.1) for stroke in strokes]
    if letter == "R":
        bowl = curve([(-4, -6), (2, -6), (4, -3), (2, 0), (-4, 0)])
        outlines.append(tube(bowl, 1.1))
    return outlines

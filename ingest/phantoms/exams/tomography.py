"""CT of the head and the abdomen, MR of the brain: axial series of 256 by 256 pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from pydicom.uid import (
    UID,
    CTImageStorage,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    MRImageStorage,
    RLELossless,
)

from ingest.phantoms.anatomy.abdomen import LENGTH, make_abdomen
from ingest.phantoms.anatomy.abdomen_slice import draw_abdomen
from ingest.phantoms.anatomy.head import LEVELS, Head, Tissue, draw_head, make_head
from ingest.phantoms.drawing import Field, Plane, blur, stretched
from ingest.phantoms.exams.exam import (
    ABDOMEN,
    BRAIN,
    HEAD,
    Attributes,
    Order,
    Picture,
    Series,
    described,
    region_attributes,
    reposition,
    with_matrix,
)

_INTERCEPT = -1024

# Hounsfield units without contrast medium; the lesion is fresh blood.
_HOUNSFIELD = {
    Tissue.AIR: -1000.0,
    Tissue.SCALP: -60.0,
    Tissue.SKIN: 40.0,
    Tissue.SKULL: 1300.0,
    Tissue.MARROW: 600.0,
    Tissue.FLUID: 6.0,
    Tissue.GREY: 39.0,
    Tissue.WHITE: 28.0,
    Tissue.NUCLEUS: 37.0,
    Tissue.FALX: 60.0,
    Tissue.CALCIUM: 140.0,
    Tissue.OEDEMA: 16.0,
    Tissue.LESION: 66.0,
}

# Signal of each tissue in T1, T2 and FLAIR weighting, in arbitrary units.
_SIGNAL = {
    Tissue.AIR: (0.0, 0.0, 0.0),
    Tissue.SCALP: (900.0, 600.0, 700.0),
    Tissue.SKIN: (450.0, 350.0, 380.0),
    Tissue.SKULL: (50.0, 50.0, 40.0),
    Tissue.MARROW: (400.0, 250.0, 240.0),
    Tissue.FLUID: (130.0, 1000.0, 70.0),
    Tissue.GREY: (430.0, 520.0, 540.0),
    Tissue.WHITE: (640.0, 350.0, 400.0),
    Tissue.NUCLEUS: (480.0, 440.0, 480.0),
    Tissue.FALX: (250.0, 200.0, 180.0),
    Tissue.CALCIUM: (300.0, 300.0, 220.0),
    Tissue.OEDEMA: (380.0, 850.0, 860.0),
    Tissue.LESION: (330.0, 650.0, 700.0),
}

_WEIGHTINGS: tuple[tuple[str, Attributes], ...] = (
    (
        "T1",
        {
            "ScanningSequence": "SE",
            "RepetitionTime": 520.0,
            "EchoTime": 12.0,
            "EchoTrainLength": 1,
            "WindowCenter": 440,
            "WindowWidth": 860,
        },
    ),
    (
        "T2",
        {
            "ScanningSequence": "SE",
            "RepetitionTime": 4200.0,
            "EchoTime": 98.0,
            "EchoTrainLength": 15,
            "WindowCenter": 520,
            "WindowWidth": 1040,
        },
    ),
    (
        "FLAIR",
        {
            "ScanningSequence": ["SE", "IR"],
            "RepetitionTime": 9000.0,
            "EchoTime": 110.0,
            "InversionTime": 2500.0,
            "EchoTrainLength": 17,
            "WindowCenter": 420,
            "WindowWidth": 840,
        },
    ),
)


def ct_head(order: Order) -> list[Series]:
    rng = order.visit_rng()
    head = make_head(order.body_rng(), order.age, order.lesion)
    plane = with_matrix(reposition(head.plane, rng), order.matrix)
    head = replace(head, plane=plane, folds=_on_plane(head.folds, plane))
    levels, gap = _head_levels(head, order.slices, rng)

    def pictures() -> Iterator[Picture]:
        for level in levels:
            hounsfield = draw_head(head, level, _HOUNSFIELD)
            yield _ct_picture(hounsfield, head.plane, level, 4.0, rng)

    finding = "hyperdense nodule" if order.lesion else "no contrast"
    attributes = {
        **_ct_attributes(head.plane, gap, "H31s"),
        **region_attributes(HEAD, order.turn),
        "StudyDescription": described("CT head without contrast"),
        "SeriesDescription": f"Head axial 5 mm, {finding}",
        "ProtocolName": "Head routine",
        "WindowCenter": 40,
        "WindowWidth": 80,
    }
    return [Series(CTImageStorage, attributes, pictures(), _ct_syntax(order))]


def ct_abdomen(order: Order) -> list[Series]:
    rng = order.visit_rng()
    abdomen = make_abdomen(order.body_rng(), order.lesion)
    plane = with_matrix(reposition(abdomen.plane, rng), order.matrix)
    abdomen = replace(abdomen, plane=plane, folds=_on_plane(abdomen.folds, plane))
    middle = abdomen.nodule.level if abdomen.nodule else float(rng.uniform(0.3, 0.6))
    levels, gap = _spread(middle, order.slices, 0.07, (0.0, 1.0))

    def pictures() -> Iterator[Picture]:
        for level in levels:
            hounsfield = draw_abdomen(abdomen, level)
            yield _ct_picture(hounsfield, abdomen.plane, -LENGTH * level, 11.0, rng)

    finding = "liver nodule" if order.lesion else "portal venous phase"
    attributes = {
        **_ct_attributes(abdomen.plane, LENGTH * gap, "B30f"),
        **region_attributes(ABDOMEN, order.turn),
        "StudyDescription": described("CT abdomen with contrast"),
        "SeriesDescription": f"Abdomen axial, {finding}",
        "ProtocolName": "Abdomen portal venous",
        "ContrastBolusAgent": "Invented contrast medium",
        "WindowCenter": 60,
        "WindowWidth": 400,
    }
    syntax = RLELossless if order.turn == 0 and order.matrix == 256 else _ct_syntax(order)
    return [Series(CTImageStorage, attributes, pictures(), syntax)]


def mr_brain(order: Order) -> list[Series]:
    rng = order.visit_rng()
    head = make_head(order.body_rng(), order.age, order.lesion)
    head = replace(head, plane=reposition(head.plane, rng))
    levels, gap = _head_levels(head, (order.slices + 1) // 2, rng)
    coil = (1 + 0.10 * head.plane.noise(rng, 110.0)).astype(np.float32)
    left_out = order.turn % 3
    return [
        _mr_series(order, head, coil, levels, gap, weighting)
        for weighting in range(3)
        if weighting != left_out
    ]


def _mr_series(
    order: Order, head: Head, coil: Field, levels: Sequence[float], gap: float, weighting: int
) -> Series:
    name, timing = _WEIGHTINGS[weighting]
    rng = np.random.default_rng((*order.visit, weighting))
    values = {tissue: signals[weighting] for tissue, signals in _SIGNAL.items()}

    def pictures() -> Iterator[Picture]:
        for level in levels:
            signal = blur(coil * draw_head(head, level, values), 0.5)
            # The magnitude of a complex signal with Gaussian noise: Rician.
            noise = rng.normal(0, 14, (2, *signal.shape))
            magnitude = np.hypot(signal + noise[0], noise[1])
            stored = np.clip(np.rint(magnitude), 0, 4095).astype(np.uint16)
            yield Picture(stored, _axial(head.plane, level))

    finding = ", nodule" if order.lesion else ""
    attributes = {
        **timing,
        **region_attributes(BRAIN, order.turn),
        "Modality": "MR",
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "SE"],
        "StudyDescription": described("MRI brain"),
        "SeriesDescription": f"{name} axial{finding}",
        "ProtocolName": f"Brain {name} tra",
        "SequenceVariant": "SK",
        "ScanOptions": "",
        "MRAcquisitionType": "2D",
        "MagneticFieldStrength": 1.5,
        "PatientPosition": "HFS",
        "SliceThickness": 5.0,
        "SpacingBetweenSlices": round(gap, 3),
        **_axial_plane(head.plane),
        "BitsStored": 12,
    }
    return Series(MRImageStorage, attributes, pictures())


def _on_plane(folds: tuple[Field, Field], plane: Plane) -> tuple[Field, Field]:
    """What a body was made with, at the size of the picture."""
    first, second = (stretched(field, plane.rows, plane.columns) for field in folds)
    return first, second


def _ct_syntax(order: Order) -> UID:
    """At full size every second series is compressed, as archives have it."""
    return JPEG2000Lossless if order.matrix > 256 and order.turn % 2 else ExplicitVRLittleEndian


def _head_levels(head: Head, count: int, rng: np.random.Generator) -> tuple[list[float], float]:
    middle = head.lesion.level if head.lesion else float(rng.uniform(8, 24))
    return _spread(middle, count, 8.0, LEVELS)


def _spread(
    middle: float, count: int, gap: float, limits: tuple[float, float]
) -> tuple[list[float], float]:
    """`count` levels round `middle`, `gap` apart (nearer, if they would not fit in `limits`),
    and the gap that they have."""
    gap = min(gap, (limits[1] - limits[0]) / max(count - 1, 1))
    half = gap * (count - 1) / 2
    middle = float(np.clip(middle, limits[0] + half, limits[1] - half))
    return [middle - half + gap * index for index in range(count)], gap


def _ct_picture(
    hounsfield: Field, plane: Plane, position: float, noise: float, rng: np.random.Generator
) -> Picture:
    grain = rng.standard_normal(hounsfield.shape, dtype=np.float32)
    # Reconstruction correlates neighbours; blurring so takes about 0.6 of the deviation away.
    noisy = blur(hounsfield + np.float32(2.5 * noise) * grain, 0.7)
    stored = np.clip(np.rint(noisy - _INTERCEPT), 0, 4095).astype(np.int16)
    return Picture(stored, _axial(plane, position))


def _ct_attributes(plane: Plane, gap: float, kernel: str) -> Attributes:
    return {
        "Modality": "CT",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "PatientPosition": "HFS",
        "KVP": 120,
        "XRayTubeCurrent": 240,
        "ExposureTime": 1000,
        "ConvolutionKernel": kernel,
        "SliceThickness": 5.0,
        "SpacingBetweenSlices": round(gap, 3),
        "RescaleIntercept": _INTERCEPT,
        "RescaleSlope": 1,
        "RescaleType": "HU",
        **_axial_plane(plane),
        "BitsStored": 16,
    }


def _axial_plane(plane: Plane) -> Attributes:
    return {
        "PixelSpacing": [plane.spacing, plane.spacing],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "PositionReferenceIndicator": "",
        "AcquisitionNumber": 1,
    }


def _axial(plane: Plane, position: float) -> Attributes:
    """`position`: mm towards the head."""
    z = round(position, 3)
    left = round(-(plane.columns - 1) / 2 * plane.spacing, 3)
    top = round(-(plane.rows - 1) / 2 * plane.spacing, 3)
    return {"ImagePositionPatient": [left, top, z], "SliceLocation": z}

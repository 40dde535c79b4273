"""Who is in a sample and what is done to them when: all invented, from the seed alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, cycle
from types import MappingProxyType

import numpy as np

from ingest.phantoms.dicom import derived_uid
from ingest.phantoms.exams.exam import SYNTHETIC, Attributes, Draw, Order
from ingest.phantoms.exams.radiography import xr_chest, xr_hand
from ingest.phantoms.exams.sonography import us_breast, us_liver, us_thyroid
from ingest.phantoms.exams.tomography import ct_abdomen, ct_head, mr_brain

KINDS: Mapping[str, Draw] = MappingProxyType(
    {
        "CT head": ct_head,
        "CT abdomen": ct_abdomen,
        "MR brain": mr_brain,
        "XR chest": xr_chest,
        "XR hand": xr_hand,
        "US breast": us_breast,
        "US liver": us_liver,
        "US thyroid": us_thyroid,
    }
)

# Radiographs come one or two a study, so more studies are made of them.
_ROUND = (
    "CT head", "XR chest", "US liver", "MR brain", "XR hand",
    "CT abdomen", "XR chest", "US breast", "XR hand", "US thyroid",
)  # fmt: skip

_FIRST_DAY = date(2016, 1, 4)
_DAYS = 3000


@dataclass(frozen=True, slots=True)
class Visit:
    """One study: the `study`-th (from 1) of the `patient`-th (from 1) person of a sample."""

    patient: int
    study: int
    kind: str
    order: Order
    attributes: Attributes


def visits(seed: int, slices: int, *, matrix: int = 256, modality: str = "") -> Iterator[Visit]:
    """Studies without end, patient by patient. Some patients come once, some have two different
    examinations, some have the same one again months later. `modality`: of this one only."""
    rng = np.random.default_rng((seed, 0))
    kinds = cycle([kind for kind in _ROUND if kind.startswith(modality)])
    turns = Counter[str]()
    accession = count(1)
    for patient in count(1):
        first = next(kinds)
        habit = rng.choice(("once", "both", "again"), p=(0.5, 0.3, 0.2))
        asked = [first]
        if habit != "once":
            asked.append(first if habit == "again" else next(kinds))
        sex = "F" if "US breast" in asked else str(rng.choice(["F", "M"]))
        day = _FIRST_DAY + timedelta(days=int(rng.integers(_DAYS)))
        born = day - timedelta(days=int(rng.integers(19 * 366, 88 * 365)))
        person = _person(patient, sex, born)
        lesions: dict[str, bool] = {}
        for study, kind in enumerate(asked, 1):
            turn = turns[kind]
            age = _years(born, day)
            order = Order(
                sex=sex,
                age=age,
                lesion=lesions.setdefault(kind, turn % 4 in (1, 2)),
                turn=turn,
                slices=slices,
                matrix=matrix,
                body=(seed, patient, list(KINDS).index(kind)),
                visit=(seed, patient, list(KINDS).index(kind), study),
            )
            attributes = {**person, **_study(seed, patient, study, next(accession), day, age)}
            minute = int(rng.integers(8 * 60, 18 * 60))
            attributes["StudyTime"] = f"{minute // 60:02}{minute % 60:02}00"
            yield Visit(patient, study, kind, order, attributes)
            turns[kind] += 1
            day += timedelta(days=int(rng.integers(20, 400)))


def _person(patient: int, sex: str, born: date) -> dict[str, object]:
    return {
        "PatientName": f"SYNTHETIC^Phantom-{patient:04}",
        "PatientID": f"SYN-{patient:04}",
        "IssuerOfPatientID": "RADALIKE-SYNTHETIC",
        "PatientBirthDate": f"{born:%Y%m%d}",
        "PatientSex": sex,
        "PatientComments": f"{SYNTHETIC}: not a person",
    }


def _study(
    seed: int, patient: int, study: int, accession: int, day: date, age: int
) -> dict[str, object]:
    return {
        "PatientAge": f"{age:03}Y",
        "StudyInstanceUID": derived_uid(seed, patient, study),
        "StudyID": str(study),
        "StudyDate": f"{day:%Y%m%d}",
        "AccessionNumber": f"SYN{accession:06}",
        "ReferringPhysicianName": "SYNTHETIC^Referrer",
    }


def _years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

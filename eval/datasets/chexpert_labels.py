"""The labels of the CheXpert labeller, which MIMIC-CXR-JPG and CheXpert share.

Irvin et al. 2019, arXiv 1901.07031: 1 positive, 0 negative, -1 uncertain, empty not mentioned.
"""

from __future__ import annotations

from collections.abc import Sequence

from radalike.errors import UsageError

OBSERVATIONS = (
    "No Finding|Enlarged Cardiomediastinum|Cardiomegaly|Lung Opacity|Lung Lesion|Edema|"
    "Consolidation|Pneumonia|Atelectasis|Pneumothorax|Pleural Effusion|Pleural Other|Fracture"
).split("|")
"""Without Support Devices, which is no pathology: the study leaves that column out."""

_VALUES = {"1.0": 1, "1": 1, "0.0": 0, "0": 0, "": 0, "-1.0": -1, "-1": -1}


def label(observation: str) -> str:
    return f"XR/chest/{observation}"


def values(texts: Sequence[str], where: str) -> tuple[int, ...]:
    """1, 0 or -1 for each text. Raises UsageError, with `where`, for anything else."""
    try:
        return tuple(_VALUES[text] for text in texts)
    except KeyError as exc:
        raise UsageError(
            f"{where}: {exc.args[0]!r} is no label value",
            hint="values are 1.0, 0.0, -1.0 or empty; download the table again",
        ) from exc

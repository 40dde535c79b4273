"""Which grey values a DICOM image is to be seen in: the modality transformation and the first view
(VOI) of a frame, also where an enhanced multi-frame image keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from radalike.errors import ImageRejected, RejectCode
from radalike.imaging.dicom.tables import LookupTable, lookup_table
from radalike.imaging.renderings import CT_PRESETS

Values = npt.NDArray[np.float64]


class UnusableView(ValueError):
    """There is a window or a table, but not one that values can be seen through."""


@dataclass(frozen=True, slots=True)
class Window:
    """centre, width: in values after the modality transformation; function: VOILUTFunction."""

    centre: float
    width: float
    function: str = "LINEAR"

    def __post_init__(self) -> None:
        # A LINEAR window is width - 1 wide, and so has no meaning below 1 (PS3.3 C.11.2.1.2).
        least = 1.0 if self.function == "LINEAR" else np.finfo(np.float32).tiny
        if self.function not in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
            raise UnusableView("no such function")
        if not np.isfinite([self.centre, self.width]).all() or self.width < least:
            raise UnusableView("no such window")

    def __call__(self, values: Values) -> Values:
        """`values` from black (0) to white (1), by PS3.3 C.11.2.1.2 and C.11.2.1.3."""
        centre, width = self.centre, self.width
        if self.function == "SIGMOID":
            exponent = np.clip(-4 * (values - centre) / width, -700, 700)
            return np.asarray(1 / (1 + np.exp(exponent)))
        if self.function == "LINEAR":
            centre, width = centre - 0.5, width - 1
        if width == 0:
            return (values > centre).astype(np.float64)
        return np.asarray(np.clip((values - centre) / width + 0.5, 0, 1))


@dataclass(frozen=True, slots=True)
class TableView:
    table: LookupTable

    def __call__(self, values: Values) -> Values:
        """`values` from black (0) to white (1): the largest entry of so many bits."""
        entries = self.table(np.rint(values).astype(np.int64))
        return np.asarray(np.clip(entries / (2**self.table.bits - 1), 0, 1))


View: TypeAlias = Window | TableView


def modality_values(stored: npt.NDArray[Any], dataset: Dataset, number: int) -> Values:
    """`stored` after the modality table or rescaling of frame `number` (PS3.3 C.11.1).

    Raises ImageRejected (InvalidAttributes) where the results are not finite.
    """
    tables = dataset.get("ModalityLUTSequence")
    if tables:
        item = tables[0]
        table = lookup_table(item.LUTDescriptor, item["LUTData"].value, dataset)
        return table(stored.astype(np.int64)).astype(np.float64)
    values = stored.astype(np.float64)
    slope, intercept = rescaling(dataset, number)
    if (slope, intercept) != (1.0, 0.0):
        with np.errstate(over="ignore", invalid="ignore"):
            values *= slope
            values += intercept
    if not np.isfinite(values).all():
        raise ImageRejected(RejectCode.INVALID_ATTRIBUTES, "pixel values are not finite")
    return values


def rescaling(dataset: Dataset, number: int) -> tuple[float, float]:
    """(slope, intercept) of frame `number`; (1, 0) where there is none, or a slope of 0, which
    would leave no picture."""
    holder = _of_frame(dataset, number, "PixelValueTransformationSequence")
    slope, intercept = holder.get("RescaleSlope"), holder.get("RescaleIntercept")
    if slope is None or intercept is None or float(slope) == 0:
        return 1.0, 0.0
    return float(slope), float(intercept)


def view_of(dataset: Dataset, number: int, rendering: str | Window) -> View | None:
    """The view of frame `number`, None where it has none. Raises UnusableView."""
    if isinstance(rendering, Window):
        return rendering
    if rendering in presets_of(dataset, number):
        centre, width = CT_PRESETS[rendering]
        return Window(centre, width)
    return stored_view(dataset, number)


def presets_of(dataset: Dataset, number: int) -> tuple[str, ...]:
    """Those of CT_PRESETS that frame `number` can be seen by: all of CT in Hounsfield units."""
    return tuple(CT_PRESETS) if _in_hounsfield_units(dataset, number) else ()


def stored_view(dataset: Dataset, number: int) -> View | None:
    """The view that the file has for frame `number`, None where it has none.

    Raises UnusableView.
    """
    try:
        return _stored_view(dataset, number)
    except (ValueError, TypeError, AttributeError, LookupError, NotImplementedError) as exc:
        raise UnusableView("a view that cannot be read") from exc


def _stored_view(dataset: Dataset, number: int) -> View | None:
    tables = dataset.get("VOILUTSequence")
    if tables:
        item = tables[0]
        return TableView(lookup_table(item.LUTDescriptor, item["LUTData"].value, dataset))
    holder = _of_frame(dataset, number, "FrameVOILUTSequence")
    centres, widths = (_numbers(holder, name) for name in ("WindowCenter", "WindowWidth"))
    if not centres and not widths:
        return None
    if len(centres) != len(widths):
        raise UnusableView("as many centres as widths")
    function = str(holder.get("VOILUTFunction") or "LINEAR")
    return Window(centres[0], widths[0], function)


def _numbers(holder: Dataset, keyword: str) -> list[float]:
    value = holder.get(keyword)
    if value is None or value == "":
        return []
    return [float(each) for each in np.atleast_1d(value)]


def _of_frame(dataset: Dataset, number: int, keyword: str) -> Dataset:
    """What holds a functional group's attributes for frame `number` (PS3.3 C.7.6.16): its own item,
    the one shared by all, or, in an image without such groups, the dataset."""
    frames = dataset.get("PerFrameFunctionalGroupsSequence") or ()
    shared = dataset.get("SharedFunctionalGroupsSequence") or ()
    for groups in (*frames[number : number + 1], *shared[:1]):
        items = groups.get(keyword)
        if items:
            first: Dataset = items[0]
            return first
    return dataset


def _in_hounsfield_units(dataset: Dataset, number: int) -> bool:
    """CT that is rescaled, to the default of RescaleType or to HU by name (PS3.3 C.11.1.1.2)."""
    holder = _of_frame(dataset, number, "PixelValueTransformationSequence")
    kind = str(holder.get("RescaleType") or "HU")
    return dataset.get("Modality") == "CT" and "RescaleIntercept" in holder and kind == "HU"

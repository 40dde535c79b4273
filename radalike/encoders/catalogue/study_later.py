"""The encoders that later versions of the study name, and its published code does not hold."""

from __future__ import annotations

from radalike.encoders.catalogue.pixel_statistics import (
    CLIP_MEAN,
    CLIP_STD,
    IMAGENET_MEAN,
    IMAGENET_STD,
)
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.imaging.preprocessing import Preprocessing

_NAMED = "Named in a later version of the study; its published code does not have it. Here: "

BMC_CLIP = EncoderSpec(
    id="bmc-clip",
    family="open_clip",
    architecture="ViT-L-14",
    # No public source names a commit of it that holds the weights (its first one does not).
    weights=Weights(
        location="hub:BIOMEDICA/BMC_CLIP_CF", sha256=None, revision="", file="BMC_CLIP_CF.pt"
    ),
    dimension=768,
    preprocessing=Preprocessing(size=224, mean=CLIP_MEAN, std=CLIP_STD, fit="crop"),
    pooling="projected",
    licence="none stated; see the model card of BIOMEDICA/BMC_CLIP_CF",
    source="BMC-CLIP: ViT-L/14 (CommonPool XL), trained on with BIOMEDICA's concept-filtered part",
    has_text_tower=True,
    citation="Lozano, Sun, Burgess et al. BIOMEDICA: an open biomedical image-caption archive, "
    "dataset, and vision-language models derived from scientific literature. CVPR 2025",
    study=f"{_NAMED}the projected image embedding of the training checkpoint, as its authors load "
    "it.",
)

DINO_VIT_B16 = EncoderSpec(
    id="dino-vit-b16",
    family="transformers",
    architecture="ViTModel",
    weights=Weights(
        location="hub:facebook/dino-vitb16",
        sha256=None,
        revision="f205d5d8e640a89a2b8ef0369670dfc37cc07fc2",
    ),
    dimension=768,
    preprocessing=Preprocessing(
        size=224, mean=IMAGENET_MEAN, std=IMAGENET_STD, fit="crop", crop_fraction=0.875
    ),
    pooling="cls",
    licence="Apache-2.0",
    source="DINO ViT-B/16 (ImageNet-1k)",
    citation="Caron et al. Emerging properties in self-supervised vision transformers. ICCV 2021",
    study=f"{_NAMED}the class token of the last hidden state, of images as its authors evaluate "
    "it (shorter side to 256, the centre cut out; the hub's processor squashes).",
)

RAD_DINO = EncoderSpec(
    id="rad-dino",
    family="transformers",
    architecture="Dinov2Model",
    weights=Weights(
        location="hub:microsoft/rad-dino",
        # of model.safetensors (346,345,912 bytes), by public projects that pin this revision
        sha256="dbfb9f54459c38773505de64a6ab7807bdcb392610fe1e697166342e43fb91ae",
        revision="110cbc18d5133582e320b43d53bf5c44e410c936",
    ),
    dimension=768,
    preprocessing=Preprocessing(
        size=518,
        mean=(0.5307, 0.5307, 0.5307),
        std=(0.2583, 0.2583, 0.2583),
        fit="crop",
        centring="down",
    ),
    pooling="cls",
    licence="MIT",
    source="RAD-DINO: DINOv2 ViT-B/14 trained on with chest radiographs",
    citation="Pérez-García, Sharma, Bond-Taylor et al. Exploring scalable medical image encoders "
    "beyond text supervision. Nature Machine Intelligence 7, 2025",
    study=f"{_NAMED}the class token of the last hidden state.",
)

_REQUEST = (
    "Request the weights from the authors (github.com/jlianglab/Ark: "
    "https://forms.gle/qkoDGXNiKRPTDdCe8); they are for non-commercial research only. "
)

ARK = EncoderSpec(
    id="ark",
    family="timm",
    architecture="swin_base_patch4_window7_224",
    weights=Weights(
        location="https://forms.gle/qkoDGXNiKRPTDdCe8",
        sha256=None,
        revision="ark6_teacher_ep200",
        file="ark6_teacher_ep200_swinb_projector1376_mlp.pth.tar",
    ),
    dimension=1024,
    preprocessing=Preprocessing(size=224, mean=IMAGENET_MEAN, std=IMAGENET_STD),
    pooling="average",
    licence="ASU GitHub Project License (non-commercial)",
    source="Ark-6: Swin-B taught by the labels of six chest radiograph data sets",
    citation="Ma, Pang, Gotway, Liang. Foundation Ark: accruing and reusing knowledge for superior "
    "and robust performance. MICCAI 2023",
    study=f"{_NAMED}the teacher's 1024 features averaged over space, before its projector, as its "
    "authors load it into timm; images squashed to 224 x 224 (they squash to 256 and cut the "
    "centre).",
    access=f"{_REQUEST}Then `radalike encoders fetch ark --from FILE`.",
)

ARK_PLUS = EncoderSpec(
    id="ark-plus",
    family="timm",
    architecture="swin_large_patch4_window12_384",
    weights=Weights(
        location="https://forms.gle/qkoDGXNiKRPTDdCe8",
        sha256=None,
        revision="Ark6_swinLarge768_ep50",
        file="Ark6_swinLarge768_ep50.pth.tar",
    ),
    dimension=1536,
    preprocessing=Preprocessing(size=768, mean=IMAGENET_MEAN, std=IMAGENET_STD),
    pooling="average",
    licence="ASU GitHub Project License (non-commercial)",
    source="Ark+: Swin-L at 768 x 768, taught by the labels of six chest radiograph data sets",
    citation="Ma, Pang, Gotway, Liang. A fully open AI foundation model applied to chest "
    "radiography. Nature 643, 2025",
    study=f"{_NAMED}the teacher's 1536 features averaged over space, before its projector (its "
    "authors also use the 1376 after it).",
    access=f"{_REQUEST}Then `radalike encoders fetch ark-plus --from FILE`.",
)

LATER: tuple[EncoderSpec, ...] = (BMC_CLIP, DINO_VIT_B16, RAD_DINO, ARK, ARK_PLUS)

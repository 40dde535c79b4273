"""The encoders of the published study (Denner et al. 2025).

`study` says how its code took each embedding (github.com/MIC-DKFZ/foundation-models-for-cbmir,
src/embeddings/models.py). A revision is the commit that public code pins; where a SHA-256 is
pinned, the comment names who published it.
"""

from __future__ import annotations

from dataclasses import replace

from radalike.encoders.catalogue.pixel_statistics import (
    CLIP_MEAN,
    CLIP_STD,
    HALF,
    IMAGENET_MEAN,
    IMAGENET_STD,
)
from radalike.encoders.catalogue.study_later import LATER
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.imaging.preprocessing import Preprocessing

_IMAGENET_CENTRE = Preprocessing(
    size=224,
    mean=IMAGENET_MEAN,
    std=IMAGENET_STD,
    fit="crop",
    crop_fraction=224 / 256,
    centring="down",
)

RESNET50 = EncoderSpec(
    id="resnet50",
    family="transformers",
    architecture="ResNetModel",
    weights=Weights(
        location="hub:microsoft/resnet-50",
        sha256=None,
        revision="34c2154c194f829b11125337b98c8f5f9965ff19",
    ),
    dimension=2048,
    preprocessing=_IMAGENET_CENTRE,
    pooling="pooler",
    licence="Apache-2.0",
    source="ResNet-50 v1.5 trained on ImageNet-1k",
    citation="He, Zhang, Ren, Sun. Deep residual learning for image recognition. CVPR 2016",
    study="The study took the 1000 class logits, which hold what separates ImageNet's classes and "
    "little else. Here: the 2048 features before the classifier, averaged over space; the study's "
    "way is resnet50-logits.",
)

RESNET50_LOGITS = replace(
    RESNET50,
    id="resnet50-logits",
    architecture="ResNetForImageClassification",
    dimension=1000,
    pooling="logits",
    study="As in the study: the 1000 class logits, to compare with its table. For retrieval, "
    "resnet50 is the better choice.",
)

VIT_B16_IN21K = EncoderSpec(
    id="vit-b16-in21k",
    family="transformers",
    architecture="ViTModel",
    weights=Weights(
        location="hub:google/vit-base-patch16-224-in21k",
        # of model.safetensors, by public projects that pin this revision
        sha256="fd4e1169c7aa6c2dbfa8a6448be13b35abc0ee256190857c90009d12c094619b",
        revision="b4569560a39a0f1af58e3ddaf17facf20ab919b0",
    ),
    dimension=768,
    preprocessing=Preprocessing(size=224, mean=HALF, std=HALF, interpolation="bilinear"),
    pooling="cls",
    licence="Apache-2.0",
    source="ViT-B/16 trained on ImageNet-21k",
    citation="Dosovitskiy et al. An image is worth 16x16 words: transformers for image recognition "
    "at scale. ICLR 2021",
    study="The same: the class token of the last hidden state.",
)

SAM_VIT_B = EncoderSpec(
    id="sam-vit-b",
    family="transformers",
    architecture="SamVisionModel",
    weights=Weights(
        location="hub:facebook/sam-vit-base",
        sha256=None,
        revision="70c1a07f894ebb5b307fd9eaaee97b9dfc16068f",
    ),
    dimension=256,
    preprocessing=Preprocessing(
        size=1024,
        mean=IMAGENET_MEAN,
        std=IMAGENET_STD,
        interpolation="bilinear",
        fit="corner",
    ),
    pooling="spatial",
    licence="Apache-2.0",
    source="image encoder of Segment Anything (SA-1B)",
    citation="Kirillov et al. Segment anything. ICCV 2023",
    study="The same: the image encoder's output, averaged over space. As there, what "
    "fills up a picture that is not square is averaged with it.",
)

MEDSAM_VIT_B = EncoderSpec(
    id="medsam-vit-b",
    family="timm",
    architecture="samvit_base_patch16",
    weights=Weights(
        location="https://zenodo.org/records/10689643/files/medsam_vit_b.pth",
        # of this file (375,049,145 bytes), by several public projects; Zenodo itself gives the MD5
        # 3bb6db55bd0c9ca30b61248bca72f8d6
        sha256="34b34b78c1d18cb8c6bf84cf9c00e135d6d6c965699f3c0e31ef1bc9dcb5be74",
        revision="10689643",
        file="medsam_vit_b.pth",
    ),
    dimension=256,
    preprocessing=Preprocessing(
        size=1024, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0), scaling="min-max"
    ),
    pooling="average",
    licence="CC-BY-4.0",
    source="image encoder of MedSAM, from its authors' own checkpoint",
    citation="Ma, He, Li, Han, You, Wang. Segment anything in medical images. Nature "
    "Communications 15:654, 2024",
    study="The study found the vision encoder of the hub's conversion (wanglab/medsam-vit-base) "
    "wrong and took the authors' checkpoint, averaged over space; so do we. But it prepared images "
    "as for SAM (padded, ImageNet mean and deviation). Here: as MedSAM was trained, squashed to "
    "1024 x 1024 and stretched from each image's least to its greatest value.",
)

CLIP_VIT_L14_OPENAI = EncoderSpec(
    id="clip-vit-l14-openai",
    family="open_clip",
    architecture="ViT-L-14-quickgelu",
    weights=Weights(
        location="hub:timm/vit_large_patch14_clip_224.openai",
        # of this file, by several public projects that pin the same revision
        sha256="9ce2e8a8ebfff3793d7d375ad6d3c35cb9aebf3de7ace0fc7308accab7cd207e",
        revision="18d0535469bb561bf468d76c1d73aa35156c922b",
        file="open_clip_model.safetensors",
    ),
    dimension=768,
    preprocessing=Preprocessing(size=224, mean=CLIP_MEAN, std=CLIP_STD, fit="crop"),
    pooling="projected",
    licence="MIT",
    source="CLIP ViT-L/14 of OpenAI, as OpenCLIP keeps it",
    has_text_tower=True,
    citation="Radford et al. Learning transferable visual models from natural language "
    "supervision. ICML 2021",
    study="The same: the projected image embedding (open_clip ViT-L-14, openai).",
)

MEDCLIP_VIT = EncoderSpec(
    id="medclip-vit",
    family="custom",
    architecture="radalike.encoders.architectures.medclip:load",
    weights=Weights(
        location="https://storage.googleapis.com/pytrial/medclip-vit-pretrained.zip",
        # of the file inside, by one public project that verifies it; the archive itself is
        # 414b3ac515431c06018400ab2d83ee7307e314020cd4f6babbfdea4a58515725
        sha256="07bf9f917ccce482ea30ec84e533a30c3ad395c424d3624f6b72edf8484f8126",
        revision="",
        file="pytorch_model.bin",
        text="emilyalsentzer/Bio_ClinicalBERT@d5892b39a4adaed74b92212a44081509db72f87b",
    ),
    dimension=512,
    preprocessing=Preprocessing(
        size=224, mean=(0.5862785803043838,) * 3, std=(0.27950088968644304,) * 3, fit="pad"
    ),
    pooling="projected",
    licence="MIT",
    source="MedCLIP with a Swin-T image tower (CheXpert, MIMIC-CXR), without its Python package",
    has_text_tower=True,
    citation="Wang, Wu, Agarwal, Sun. MedCLIP: contrastive learning from unpaired medical images "
    "and text. EMNLP 2022",
    study="The study took the projected image embedding through MedCLIP's package. It asked a "
    "processor of transformers for padding to a square, which that one does not know: its images "
    "were cut to their centre. Here: padded with black and reduced to grey, as MedCLIP was "
    "trained.",
)

BIOMEDCLIP = EncoderSpec(
    id="biomedclip",
    family="open_clip",
    architecture="BiomedCLIP-PubMedBERT_256-vit_base_patch16_224",
    weights=Weights(
        location="hub:microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224",
        # of this file (783,705,670 bytes), by several public projects that pin this revision
        sha256="52cc993c5c5ff962bd0c60931874bc001e7e9b41666a385530f4a036294576be",
        revision="9f341de24bfb00180f1b847274256e9b65a3a32e",
        file="open_clip_pytorch_model.bin",
        text="microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract"
        "@d673b8835373c6fa116d6d8006b33d48734e305d",
    ),
    dimension=512,
    preprocessing=Preprocessing(size=224, mean=CLIP_MEAN, std=CLIP_STD, fit="crop"),
    pooling="projected",
    licence="MIT",
    source="BiomedCLIP: ViT-B/16 and PubMedBERT on 15 million figures of PubMed Central",
    has_text_tower=True,
    citation="Zhang et al. A multimodal biomedical foundation model trained from fifteen million "
    "image-text pairs. NEJM AI 2, 2025 (arXiv 2303.00915)",
    study="The same: the projected image embedding. It leads the study's table.",
)

MAE_VIT_B = EncoderSpec(
    id="mae-vit-b",
    family="transformers",
    architecture="ViTMAEModel",
    weights=Weights(
        location="hub:facebook/vit-mae-base",
        # of model.safetensors (447,670,680 bytes), by public projects that pin this revision
        sha256="479dcef4bd5df06259399027b789f21e9d9a1b79f37155a64176d55bc26fdae8",
        revision="25b184bea5538bf5c4c852c79d221195fdd2778d",
    ),
    dimension=768,
    preprocessing=Preprocessing(
        size=224, mean=IMAGENET_MEAN, std=IMAGENET_STD, interpolation="bilinear"
    ),
    pooling="cls",
    # of the original release (github.com/facebookresearch/mae); the hub's card says Apache-2.0
    licence="CC-BY-NC-4.0",
    source="masked autoencoder ViT-B/16 (ImageNet-1k)",
    citation="He, Chen, Xie, Li, Dollár, Girshick. Masked autoencoders are scalable vision "
    "learners. CVPR 2022",
    study="The study called the class that hides a random three quarters of every image, so that "
    "its vectors differ from call to call. Here: nothing is hidden, and the same image always has "
    "the same vector; the class token, as there.",
)

DINOV2_VIT_B14 = EncoderSpec(
    id="dinov2-vit-b14",
    family="transformers",
    architecture="Dinov2Model",
    weights=Weights(
        location="hub:facebook/dinov2-base",
        sha256=None,
        revision="f9e44c814b77203eaa57a6bdbbd535f21ede1415",
    ),
    dimension=768,
    preprocessing=_IMAGENET_CENTRE,
    pooling="cls",
    licence="Apache-2.0",
    source="DINOv2 ViT-B/14 (LVD-142M)",
    citation="Oquab et al. DINOv2: learning robust visual features without supervision. TMLR 2024",
    study="The same: the class token of the last hidden state.",
)

STUDY: tuple[EncoderSpec, ...] = (
    RESNET50,
    RESNET50_LOGITS,
    VIT_B16_IN21K,
    SAM_VIT_B,
    MEDSAM_VIT_B,
    CLIP_VIT_L14_OPENAI,
    MEDCLIP_VIT,
    BIOMEDCLIP,
    MAE_VIT_B,
    DINOV2_VIT_B14,
    *LATER,
)

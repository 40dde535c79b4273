"""Every row is complete, and says what the libraries say of the same model."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import numpy as np
import open_clip
import pytest
import timm
import torch
import transformers
from PIL import Image
from torchvision import transforms

from radalike.encoders.catalogue import DEFAULT_ENCODER, ENCODERS
from radalike.encoders.catalogue.further import FURTHER
from radalike.encoders.catalogue.study import STUDY
from radalike.encoders.catalogue.study_later import LATER
from radalike.encoders.spec import EncoderSpec, fingerprint
from radalike.encoders.store import is_remote
from radalike.encoders.weights import packaged
from radalike.imaging.preparation import prepare
from radalike.imaging.preprocessing import Preprocessing

ROWS = list(ENCODERS.values())
ON_REQUEST = {"ark", "ark-plus", "dinov3-vit-b16", "medsiglip", "medimageinsight"}
"""Weights that are only for those who have asked for them, or agreed to terms."""


def of(family: str) -> list[EncoderSpec]:
    return [spec for spec in ROWS if spec.family == family]


def each(specs: list[EncoderSpec]) -> Any:
    return pytest.mark.parametrize("spec", specs, ids=lambda spec: spec.id)


# -- complete --------------------------------------------------------------------------------------


def test_the_issue_s_encoders_are_all_there() -> None:
    assert list(ENCODERS) == [
        *("efficientnet-lite0", "resnet50", "resnet50-logits", "vit-b16-in21k", "sam-vit-b"),
        *("medsam-vit-b", "clip-vit-l14-openai", "medclip-vit", "biomedclip", "mae-vit-b"),
        *("dinov2-vit-b14", "bmc-clip", "dino-vit-b16", "rad-dino", "ark", "ark-plus"),
        *("dinov3-vit-b16", "medsiglip", "medimageinsight", "openclip-vit-b32-laion2b"),
        "siglip2-b16",
    ]


@each(ROWS)
def test_a_row_is_complete(spec: EncoderSpec) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", spec.id)
    assert all((spec.licence, spec.source, spec.citation, spec.architecture, spec.pooling))
    assert re.search(r"(19|20)\d\d", spec.citation)
    assert spec.citation[-1] != "."
    assert spec.dimension >= 64
    assert bool(spec.study) == (spec in STUDY)
    assert bool(spec.access) == (spec.id in ON_REQUEST)
    assert not spec.access or "radalike encoders fetch" in spec.access


@each(ROWS)
def test_its_weights_can_be_told_from_others(spec: EncoderSpec) -> None:
    weights = spec.weights
    assert is_remote(weights.location) or packaged(weights.location)
    if weights.location.startswith("hub:"):
        assert re.fullmatch(r"hub:[\w.-]+/[\w.-]+", weights.location)
        assert re.fullmatch(r"([0-9a-f]{40})?", weights.revision)
    assert weights.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", weights.sha256)
    assert re.fullmatch(r"([\w.-]+/[\w.-]+@[0-9a-f]{40})?", weights.text)
    assert not weights.text or spec.has_text_tower
    assert not weights.file.startswith("/")


def test_what_is_not_pinned_is_known() -> None:
    """No public source that we found names their commits; the store keeps what was fetched."""
    loose = {spec.id for spec in ROWS if not spec.weights.revision and not spec.weights.sha256}
    assert loose == {"bmc-clip"}


@each(ROWS)
def test_its_preprocessing_is_sane(spec: EncoderSpec) -> None:
    preprocessing = spec.preprocessing
    assert 224 <= preprocessing.size <= 1024
    assert all(0 <= value < 1 for value in preprocessing.mean)
    assert all(0.1 < value <= 1 for value in preprocessing.std)
    assert 0.8 < preprocessing.crop_fraction <= 1
    assert preprocessing.fit == "crop" or preprocessing.crop_fraction == 1
    # A half pixel of margin: transformers rounds it down, torchvision to the even neighbour.
    down = spec.family == "transformers" and preprocessing.fit == "crop"
    down &= spec.id != "dino-vit-b16"  # as its authors evaluate it, with torchvision
    assert (preprocessing.centring == "down") == down


def test_no_two_have_the_same_vectors() -> None:
    prints = [fingerprint(spec) for spec in ROWS]
    assert len(set(prints)) == len(prints)


def test_the_study_s_own_are_told_from_later_ones() -> None:
    assert {spec.id for spec in LATER} < {spec.id for spec in STUDY}
    assert all("later version" in spec.study for spec in LATER)
    assert not {spec.id for spec in STUDY} & {spec.id for spec in FURTHER}


# -- the libraries ---------------------------------------------------------------------------------


@each(of("timm"))
def test_timm_has_the_model_and_its_dimension(spec: EncoderSpec) -> None:
    size = spec.preprocessing.size
    assert timm.is_model(spec.architecture)
    said = timm.get_pretrained_cfg(spec.architecture)
    assert said is not None
    other = {} if said.input_size[-1] == size else {"img_size": size}
    with torch.device("meta"):
        model = timm.create_model(spec.architecture, pretrained=False, num_classes=0, **other)
        features = model.eval()(torch.empty(1, 3, size, size))
    assert features.shape == (1, spec.dimension)


@each(of("open_clip"))
def test_open_clip_has_the_model_and_its_dimension(spec: EncoderSpec) -> None:
    config = open_clip.get_model_config(spec.architecture)
    if spec.id == "biomedclip":  # described beside its weights, in open_clip_config.json
        assert config is None
        return
    assert config["embed_dim"] == spec.dimension
    assert config["vision_cfg"]["image_size"] == spec.preprocessing.size


@each(of("transformers"))
def test_transformers_has_the_class(spec: EncoderSpec) -> None:
    assert issubclass(getattr(transformers, spec.architecture), transformers.PreTrainedModel)
    assert not spec.weights.file  # its loader takes the folder


@each(of("custom"))
def test_the_function_is_there(spec: EncoderSpec) -> None:
    module, _, function = spec.architecture.partition(":")
    assert callable(getattr(import_module(module), function))


OPEN_CLIP_TAGS = {
    "clip-vit-l14-openai": ("ViT-L-14", "openai"),
    "bmc-clip": ("ViT-L-14", "commonpool_xl_clip_s13b_b90k"),  # what it was trained on from
    "openclip-vit-b32-laion2b": ("ViT-B-32", "laion2b_s34b_b79k"),
    "siglip2-b16": ("ViT-B-16-SigLIP2", "webli"),
}


@pytest.mark.parametrize(("name", "tag"), OPEN_CLIP_TAGS.items(), ids=OPEN_CLIP_TAGS)
def test_open_clip_prepares_images_so(name: str, tag: tuple[str, str]) -> None:
    spec, said = ENCODERS[name], open_clip.get_pretrained_cfg(*tag)
    assert said is not None
    fits = {"shortest": "crop", "squash": "squash"}
    assert spec.preprocessing == Preprocessing(
        size=spec.preprocessing.size,
        mean=said["mean"],
        std=said["std"],
        interpolation=said["interpolation"],
        fit=fits[said["resize_mode"]],  # type: ignore[arg-type]
    )
    if name != "bmc-clip":
        assert spec.weights.location == f"hub:{said['hf_hub'].rstrip('/')}"


def test_openai_s_own_activation_is_asked_for() -> None:
    assert open_clip.get_pretrained_cfg("ViT-L-14", "openai")["quick_gelu"]
    assert open_clip.get_model_config(ENCODERS["clip-vit-l14-openai"].architecture)["quick_gelu"]


@pytest.mark.parametrize("shape", [(480, 640), (701, 333), (256, 257)])
def test_dino_is_given_images_as_its_authors_do(shape: tuple[int, int]) -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, shape, np.uint8))
    resize = transforms.Resize(256, interpolation=transforms.InterpolationMode.BICUBIC)
    expected = transforms.CenterCrop(224)(resize(picture))
    found = prepare(np.asarray(picture), ENCODERS["dino-vit-b16"].preprocessing)
    np.testing.assert_array_equal(found, np.asarray(expected))


PROCESSORS = {
    "vit-b16-in21k": ("ViTImageProcessor", {}),
    "sam-vit-b": ("SamImageProcessor", {}),
    "dinov3-vit-b16": ("DINOv3ViTImageProcessor", {}),
    "medsiglip": ("SiglipImageProcessor", {"size": {"height": 448, "width": 448}}),
}
"""Processors of transformers that their models use as the class has it, but for these values."""


@pytest.mark.parametrize("name", PROCESSORS)
def test_transformers_prepares_images_so(name: str) -> None:
    preprocessing = ENCODERS[name].preprocessing
    class_name, values = PROCESSORS[name]
    processor = getattr(transformers, class_name)(**values)
    assert tuple(processor.image_mean) == preprocessing.mean
    assert tuple(processor.image_std) == preprocessing.std
    assert {2: "bilinear", 3: "bicubic"}[int(processor.resample)] == preprocessing.interpolation
    size = dict(processor.size)
    side = size.get("longest_edge") if preprocessing.fit == "corner" else size.get("height")
    assert side == preprocessing.size


def test_the_default_is_first() -> None:
    assert next(iter(ENCODERS)) == DEFAULT_ENCODER

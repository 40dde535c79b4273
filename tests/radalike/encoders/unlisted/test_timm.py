"""`timm:NAME`: the row is what timm says of the model, and its inputs are timm's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from PIL import Image

from radalike.encoders.catalogue import EFFICIENTNET_LITE0
from radalike.encoders.spec import Weights, fingerprint
from radalike.encoders.torch_encoder import TorchEncoder
from radalike.encoders.unlisted.timm import described
from radalike.encoders.unlisted.timm_folder import described_by_folder, timm_preprocessing
from radalike.errors import UnknownName, UsageError, WeightsMismatch, WeightsMissing
from radalike.imaging.preprocessing import Preprocessing
from radalike.records import Pixels
from tests.radalike.encoders.checkpoints.timm import MODELS, timm_folder
from tests.radalike.pictures import picture

ODD: list[Pixels] = [
    picture("CT", 0, height=301, width=223),
    picture("US", 1, height=97, width=230),
    picture("XR", 2, height=31, width=17),
    np.dstack([picture("XR", number, height=257, width=311) for number in (3, 4, 5)]),
    picture("CT", 6, height=224, width=224),
]
"""Grey and colour, larger and smaller than the input, of odd sides."""


def inputs_of(preprocessing: Preprocessing) -> tuple[np.ndarray[Any, Any], list[Image.Image]]:
    """What our encoder would feed the model with, and the same images for another library."""
    from radalike.imaging.preparation import prepare

    spec = replace(EFFICIENTNET_LITE0, preprocessing=preprocessing)
    encoder = TorchEncoder(
        spec, torch.nn.Identity(), device="cpu", precision="float32", batch_size=4
    )
    inputs = encoder.inputs([prepare(image, preprocessing) for image in ODD])
    return inputs.numpy(), [Image.fromarray(image).convert("RGB") for image in ODD]


def worst(ours: Any, theirs: Any, preprocessing: Preprocessing) -> float:
    """The largest difference of a pixel, in levels of 255."""
    std = np.array(preprocessing.std)[None, :, None, None]
    return float((np.abs(ours - theirs) * std).max() * 255)


@pytest.mark.parametrize(
    "name",
    [
        "resnet50.a1_in1k",  # 224 / 0.95: a side that is no whole number
        "vit_base_patch16_224.augreg_in21k",  # 224 / 0.9
        "tf_efficientnet_b0.in1k",  # 224 / 0.875, bicubic
        "mobilenetv3_small_100.lamb_in1k",
        "inception_v3.tv_in1k",  # 299
        "regnety_002.pycls_in1k",  # bicubic
        "resnet18.tv_in1k",  # bilinear
        "vit_base_patch16_siglip_224.webli",  # squash
        "vit_base_patch14_dinov2.lvd142m",  # 518, the whole shorter side
    ],
)
def test_inputs_are_timm_s(name: str) -> None:
    config = timm.get_pretrained_cfg(name).to_dict()
    preprocessing = timm_preprocessing(config, name)
    transform = timm.data.create_transform(**timm.data.resolve_data_config(pretrained_cfg=config))
    ours, pictures = inputs_of(preprocessing)
    theirs = torch.stack([transform(each) for each in pictures]).numpy()
    assert worst(ours, theirs, preprocessing) <= 1


def test_a_row_from_what_timm_says() -> None:
    spec = described("vit_base_patch16_224.augreg_in21k", None)
    assert spec.id == "timm:vit_base_patch16_224.augreg_in21k"
    assert spec.architecture == "vit_base_patch16_224.augreg_in21k"
    location = "hub:timm/vit_base_patch16_224.augreg_in21k"
    assert spec.weights == Weights(location, None, "", "model.safetensors")
    assert (spec.dimension, spec.pooling) == (768, "cls")
    assert spec.preprocessing == Preprocessing(
        size=224, mean=(0.5,) * 3, std=(0.5,) * 3, fit="crop", crop_fraction=0.9
    )
    assert spec.licence == "apache-2.0"
    assert not spec.has_text_tower


def test_a_name_without_a_tag_means_timm_s_own_choice() -> None:
    tag = timm.get_pretrained_cfg("resnet50").tag
    assert described("resnet50", None) == described(f"resnet50.{tag}", None)


@pytest.mark.parametrize(
    ("name", "dimension", "pooling"),
    [
        ("mobilenetv3_small_100", 1024, "average"),
        ("samvit_base_patch16", 256, "average"),
        ("vit_base_patch16_siglip_224", 768, "map"),
    ],
)
def test_the_dimension_is_that_of_the_pooled_features(
    name: str, dimension: int, pooling: str
) -> None:
    spec = described(name, None)
    assert (spec.dimension, spec.pooling) == (dimension, pooling)


def test_an_unknown_model() -> None:
    with pytest.raises(UnknownName, match="resnet50") as caught:
        described("resnet_50", None)
    assert "list_pretrained" in caught.value.hint


def test_an_unknown_tag() -> None:
    with pytest.raises(UnknownName, match="Did you mean a1_in1k") as caught:
        described("resnet50.a1_in2k", None)
    assert "a1_in1k" in caught.value.data["nearest"]  # type: ignore[operator]


def test_a_model_that_has_no_weights() -> None:
    with pytest.raises(UsageError, match="timm has no weights of coatnet_0_224"):
        described("coatnet_0_224", None)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"input_size": (3, 1024, 768)}, "images that are not square"),
        ({"crop_mode": "border"}, "crop mode border"),
        ({"crop_mode": "squash", "crop_pct": 0.9}, "crop mode squash"),
        ({"interpolation": "random"}, "interpolation random"),
        ({"input_size": (1, 224, 224), "mean": (0.5,), "std": (0.5,)}, "other than three channels"),
    ],
)
def test_a_preprocessing_that_cannot_be_done(changed: dict[str, Any], said: str) -> None:
    config = timm.get_pretrained_cfg("resnet50").to_dict() | changed
    with pytest.raises(UsageError, match=f"tiny wants {said}"):
        timm_preprocessing(config, "tiny")


# -- folders -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MODELS)
def test_a_folder_that_timm_wrote(kind: str, tmp_path: Path) -> None:
    spec = described_by_folder(timm_folder(tmp_path, kind), name=str(tmp_path))
    assert spec.id == str(tmp_path)
    assert spec.family == "timm"
    assert spec.weights.file == "model.safetensors"
    assert spec.preprocessing.size == MODELS[kind][1].get("img_size", spec.preprocessing.size)


def test_its_fingerprint_is_of_its_content(tmp_path: Path) -> None:
    one = described_by_folder(timm_folder(tmp_path / "one", "vit"), name="one")
    same = described_by_folder(timm_folder(tmp_path / "same", "vit"), name="same")
    other = described_by_folder(timm_folder(tmp_path / "other", "vit", depth=1), name="one")
    pooled = timm_folder(tmp_path / "pooled", "vit", global_pool="avg", class_token=True)
    assert fingerprint(one) == fingerprint(same)
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(described_by_folder(pooled, name="one")) != fingerprint(one)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"architecture": 3}', "{"])
def test_a_configuration_that_is_none(content: str, tmp_path: Path) -> None:
    folder = timm_folder(tmp_path, "vit")
    (folder / "config.json").write_text(content)
    with pytest.raises((WeightsMismatch, UnknownName)):
        described_by_folder(folder, name="tiny")


@pytest.mark.parametrize(
    "arguments",
    [
        {"depth": "two"},
        {"no_such_argument": 1},
        {"global_pool": "nosuch"},
        {"checkpoint_path": "/elsewhere.pth"},
        {"pretrained": True},
        {"pretrained_cfg_overlay": {"url": "https://example.org/weights.pth"}},
    ],
)
def test_arguments_that_are_not_the_model_s(arguments: dict[str, Any], tmp_path: Path) -> None:
    folder = timm_folder(tmp_path, "vit")
    said = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(said | {"model_args": arguments}))
    with pytest.raises(WeightsMismatch, match="not as timm writes it"):
        described_by_folder(folder, name="tiny")


def test_a_folder_without_a_configuration_or_weights(tmp_path: Path) -> None:
    folder = timm_folder(tmp_path, "vit")
    (folder / "model.safetensors").unlink()
    with pytest.raises(WeightsMissing, match="tiny: the folder holds no weights"):
        described_by_folder(folder, name="tiny")
    (folder / "config.json").unlink()
    with pytest.raises(WeightsMismatch, match=r"tiny: its config\.json is not as timm writes it"):
        described_by_folder(folder, name="tiny")


def test_a_model_that_timm_does_not_have(tmp_path: Path) -> None:
    folder = timm_folder(tmp_path, "vit")
    said = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(said | {"architecture": "vit_tiny_patch16_225"}))
    with pytest.raises(UnknownName, match="Did you mean vit_tiny_patch16_224"):
        described_by_folder(folder, name="tiny")


def test_a_model_that_does_not_pool(tmp_path: Path) -> None:
    folder = timm_folder(tmp_path, "vit", global_pool="")
    with pytest.raises(WeightsMismatch, match="and not one vector") as caught:
        described_by_folder(folder, name="tiny")
    assert "global_pool" in caught.value.hint

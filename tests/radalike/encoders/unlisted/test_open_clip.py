"""`open_clip:MODEL:TAG`: the row is what open_clip says, and its inputs are open_clip's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2

from radalike.encoders.catalogue import ENCODERS
from radalike.encoders.spec import Weights, fingerprint
from radalike.encoders.unlisted.open_clip import described
from radalike.encoders.unlisted.open_clip_folder import (
    described_by_folder,
    open_clip_preprocessing,
)
from radalike.errors import UnknownName, UsageError, WeightsMismatch, WeightsMissing
from tests.radalike.encoders.checkpoints.open_clip import OWN, own_towers
from tests.radalike.encoders.unlisted.test_timm import inputs_of, worst

# One of every way in which a tag of open_clip prepares images.
WAYS = (
    "ViT-L-14:openai",
    "ViT-B-16-SigLIP:webli",
    "ViT-L-14-CLIPA:datacomp1b",
    "MobileCLIP-S1:datacompdr",
)


@pytest.mark.parametrize("name", WAYS)
def test_inputs_are_open_clip_s(name: str) -> None:
    model, tag = name.split(":")
    preprocessing = described(name, None).preprocessing
    said = open_clip.get_pretrained_cfg(model, tag)
    keys = ("mean", "std", "interpolation", "resize_mode")
    size = open_clip.get_model_config(model)["vision_cfg"]["image_size"]
    transform = image_transform_v2(
        PreprocessCfg(size=size, **{key: said[key] for key in keys}), is_train=False
    )
    ours, pictures = inputs_of(preprocessing)
    theirs = torch.stack([transform(each) for each in pictures]).numpy()
    assert worst(ours, theirs, preprocessing) <= 1


def test_the_ways_above_are_all_that_there_are() -> None:
    def way(model: str, tag: str) -> tuple[str, str]:
        said = open_clip.get_pretrained_cfg(model, tag)
        return said["resize_mode"], said["interpolation"]

    tested = {way(*name.split(":")) for name in WAYS}
    assert {way(model, tag) for model, tag in open_clip.list_pretrained()} == tested


def test_a_row_from_what_open_clip_says() -> None:
    spec = described("ViT-L-14:openai", None)
    row = ENCODERS["clip-vit-l14-openai"]
    assert spec.id == "open_clip:ViT-L-14:openai"
    assert spec.weights == Weights(row.weights.location, None, "")
    assert spec.architecture == row.architecture
    assert (spec.dimension, spec.pooling, spec.has_text_tower) == (768, "projected", True)
    assert spec.preprocessing == row.preprocessing


@pytest.mark.parametrize("name", ["openclip-vit-b32-laion2b", "siglip2-b16"])
def test_the_catalogue_of_rows_says_the_same(name: str) -> None:
    row = ENCODERS[name]
    model = row.architecture
    said = [
        described(f"{model}:{tag}", None) for tag in open_clip.list_pretrained_tags_by_model(model)
    ]
    same = [each for each in said if each.weights.location == row.weights.location]
    assert same[0].preprocessing == row.preprocessing
    assert same[0].dimension == row.dimension


def test_tags_are_read_as_open_clip_reads_them() -> None:
    assert described("ViT-B-32:laion2b-s34B-b79K", None) == described(
        "ViT-B-32:laion2b_s34b_b79k", None
    )


def test_a_tokenizer_in_another_repository() -> None:
    assert described("ViT-B-16-SigLIP-512:webli", None).weights.text == "timm/ViT-B-16-SigLIP"
    assert described("ViT-B-16-SigLIP:webli", None).weights.text == ""


def test_a_file_that_open_clip_names() -> None:
    assert described("ViTamin-S:datacomp1b", None).weights == Weights(
        "hub:jienengchen/ViTamin-S", None, "", "pytorch_model.bin"
    )


def test_weights_that_are_on_no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"https://example.org/models/{'ab' * 32}/ViT-L-14.pt"
    said = open_clip.get_pretrained_cfg("ViT-L-14", "openai") | {"hf_hub": "", "url": url}
    monkeypatch.setattr(open_clip, "get_pretrained_cfg", lambda *_: said)
    assert described("ViT-L-14:openai", None).weights == Weights(url, "ab" * 32, "", "ViT-L-14.pt")


def test_an_unknown_model() -> None:
    with pytest.raises(UnknownName, match=r"Did you mean ViT-L-14\b"):
        described("ViT-L14:openai", None)


@pytest.mark.parametrize("name", ["ViT-L-14:opnai", "ViT-L-14:", "ViT-L-14"])
def test_an_unknown_tag(name: str) -> None:
    with pytest.raises(UnknownName, match="unknown weights of open_clip's ViT-L-14") as caught:
        described(name, None)
    assert "open_clip:ViT-L-14:openai" in caught.value.hint


@pytest.mark.parametrize(
    ("vision", "said", "unable"),
    [
        ({}, {"resize_mode": "longest"}, "resize mode longest"),
        ({}, {"interpolation": 5}, "interpolation 5"),
        ({"image_size": [224, 336]}, {}, "images that are not square"),
    ],
)
def test_a_preprocessing_that_cannot_be_done(
    vision: dict[str, Any], said: dict[str, Any], unable: str
) -> None:
    with pytest.raises(UsageError, match=f"tiny wants {unable}"):
        open_clip_preprocessing({"vision_cfg": vision}, said, "tiny")


# -- folders -----------------------------------------------------------------------------------


def test_a_folder_that_open_clip_wrote(tmp_path: Path) -> None:
    said = {"resize_mode": "squash", "mean": 0.5, "std": [0.5, 0.4, 0.3]}
    spec = described_by_folder(own_towers(tmp_path, said).folder, name="tiny")
    assert (spec.id, spec.family, spec.dimension) == ("tiny", "open_clip", 16)
    assert spec.weights.file == "open_clip_model.safetensors"
    assert spec.preprocessing.fit == "squash"
    assert spec.preprocessing.mean == (0.5, 0.5, 0.5)
    assert spec.preprocessing.std == (0.5, 0.4, 0.3)
    assert spec.has_text_tower


def test_its_fingerprint_is_of_its_content(tmp_path: Path) -> None:
    one = described_by_folder(own_towers(tmp_path / "one").folder, name="one")
    same = described_by_folder(own_towers(tmp_path / "same").folder, name="same")
    assert fingerprint(one) == fingerprint(same)
    other = own_towers(tmp_path / "other").folder
    (other / "open_clip_config.json").write_text(
        json.dumps({"model_cfg": {**OWN, "quick_gelu": False}})
    )
    assert fingerprint(described_by_folder(other, name="one")) != fingerprint(one)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"model_cfg": {"embed_dim": 16}}', "{"])
def test_a_configuration_that_is_none(content: str, tmp_path: Path) -> None:
    folder = own_towers(tmp_path).folder
    (folder / "open_clip_config.json").write_text(content)
    with pytest.raises(WeightsMismatch, match="not as open_clip writes it"):
        described_by_folder(folder, name="tiny")


def test_a_folder_without_weights(tmp_path: Path) -> None:
    folder = own_towers(tmp_path).folder
    (folder / "open_clip_model.safetensors").unlink()
    with pytest.raises(WeightsMissing, match="the folder holds no weights"):
        described_by_folder(folder, name="tiny")


def test_another_file_of_weights(tmp_path: Path) -> None:
    saved = own_towers(tmp_path)
    (tmp_path / "open_clip_model.safetensors").unlink()
    torch.save(saved.model.state_dict(), tmp_path / "open_clip_pytorch_model.bin")
    spec = described_by_folder(tmp_path, name="tiny")
    assert spec.weights.file == "open_clip_pytorch_model.bin"
    assert replace(spec, id="other").dimension == 16

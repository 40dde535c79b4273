"""Ark's and Ark+'s own checkpoints: the teacher's Swin, without its projector and heads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from radalike.encoders.catalogue import EFFICIENTNET_LITE0, ENCODERS
from radalike.encoders.loaders import load_module
from radalike.encoders.loaders.timm import architecture_with, features_of
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.errors import WeightsMismatch
from tests.radalike.encoders.checkpoints.timm import SWIN, ark_state, timm_model


@pytest.fixture
def spec(tmp_path: Path) -> EncoderSpec:
    return replace(
        EFFICIENTNET_LITE0,
        id="tiny-ark",
        architecture=architecture_with("swin_tiny_patch4_window7_224", dict(SWIN)),
        weights=Weights(str(tmp_path / "ark.pth.tar"), None, "1"),
        preprocessing=replace(EFFICIENTNET_LITE0.preprocessing, size=32),
        dimension=32,
    )


def checkpoint(form: str) -> dict[str, Any]:
    """As published: Ark the teacher alone, Ark+ all that its training has."""
    teacher = ark_state(timm_model("swin"))
    if form == "ark":
        return teacher
    return {
        "epoch": 50,
        "lossMIN": [0.1, 0.2],
        "state_dict": {f"module.{name}": tensor + 1 for name, tensor in teacher.items()},
        "teacher": {f"module.{name}": tensor for name, tensor in teacher.items()},
        "optimizer": {"state": {}, "param_groups": [{"lr": 0.3}]},
    }


@pytest.mark.parametrize("form", ["ark", "ark-plus"])
def test_it_is_the_teacher_s_features_averaged_over_space(form: str, spec: EncoderSpec) -> None:
    torch.save(checkpoint(form), spec.weights.location)
    inputs = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = timm_model("swin", num_classes=0)(inputs)
        torch.testing.assert_close(load_module(spec)(inputs), expected, rtol=0, atol=1e-5)


def test_a_part_that_nobody_knows_is_refused(spec: EncoderSpec) -> None:
    torch.save({**checkpoint("ark"), "adapter.weight": torch.zeros(2)}, spec.weights.location)
    with pytest.raises(WeightsMismatch, match=r"tensor adapter\.weight is in the checkpoint"):
        load_module(spec)


@pytest.mark.parametrize("name", ["ark", "ark-plus"])
def test_the_rows_fit_the_model_that_they_name(name: str) -> None:
    row = ENCODERS[name]
    said = features_of(row.architecture, row.preprocessing.size)
    assert said == (row.dimension, row.pooling)

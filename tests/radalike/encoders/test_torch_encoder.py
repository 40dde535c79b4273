"""PyTorch encoders: devices, precisions, and features that are not what the spec says."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.torch_encoder import TorchEncoder, load_encoder
from radalike.errors import DeviceUnavailable, WeightsMismatch
from tests.radalike.encoders.tiny import custom_checkpoint, tiny_spec
from tests.radalike.pictures import picture


@pytest.fixture
def spec(tmp_path: Path) -> EncoderSpec:
    return custom_checkpoint(tmp_path)


def test_a_device_that_is_not_there_is_no_other(spec: EncoderSpec) -> None:
    with pytest.raises(DeviceUnavailable, match="abacus"):
        load_encoder(spec, device="abacus")


def test_features_of_another_dimension_are_refused(spec: EncoderSpec) -> None:
    encoder = load_encoder(replace(spec, dimension=13), device="cpu")
    with pytest.raises(WeightsMismatch, match=r"shape \(1, 12\)") as caught:
        encoder.encode([picture("CT", 0)])
    assert caught.value.hint == "its spec says (n, 13)"


def test_features_that_are_not_pooled_are_refused(spec: EncoderSpec) -> None:
    encoder = TorchEncoder(
        spec, torch.nn.Identity(), device="cpu", precision="float32", batch_size=4
    )
    with pytest.raises(WeightsMismatch, match=r"shape \(1, 3, 32, 32\)"):
        encoder.encode([picture("CT", 0)])


def test_vectors_are_float32_in_every_precision(spec: EncoderSpec) -> None:
    full, half = (
        load_encoder(spec, device="cpu", precision=name) for name in ("float32", "bfloat16")
    )
    images = [picture("US", number) for number in range(3)]
    reference = full.encode(images)
    cosines = (reference * half.encode(images)).sum(axis=1)
    assert (cosines > 0.99).all()
    assert half.encode(images).dtype == np.float32
    assert half.fingerprint == full.fingerprint


def test_inputs_are_normalised_by_channel(spec: EncoderSpec) -> None:
    encoder = load_encoder(spec, device="cpu")
    inputs = encoder.inputs([np.full((32, 32), 255, np.uint8), np.zeros((32, 32, 3), np.uint8)])
    assert inputs.shape == (2, 3, 32, 32)
    assert inputs.dtype == torch.float32
    mean, std = np.array(spec.preprocessing.mean), np.array(spec.preprocessing.std)
    for row, value in enumerate((1, 0)):
        np.testing.assert_allclose(inputs[row, :, 5, 5].numpy(), (value - mean) / std, rtol=1e-5)


def test_a_precision_that_is_asked_for_is_taken(spec: EncoderSpec) -> None:
    build: Callable[..., object] = load_encoder
    assert load_encoder(spec, device="cpu", precision="bfloat16").precision == "bfloat16"
    with pytest.raises(AttributeError):
        build(spec, device="cpu", precision="float7")


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("g++"), reason="PyTorch compiles with a C++ compiler")
def test_a_compiled_model_gives_the_same_vectors(spec: EncoderSpec) -> None:
    images = [picture("US", number) for number in range(5)]
    plain = load_encoder(spec, device="cpu", batch_size=2).encode(images)
    compiled = load_encoder(spec, device="cpu", batch_size=2, bulk=True, compiled=True)
    np.testing.assert_allclose(compiled.encode(images), plain, atol=1e-5)


def test_a_model_with_parameters_of_five_axes() -> None:
    """Which PyTorch cannot lay out channel-last, and need not."""

    class Five(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(3, 1, 1, 1, 1))

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return inputs.mean((2, 3)) * self.weight.flatten()

    spec = tiny_spec("custom", "none", Path(), 3)
    encoder = TorchEncoder(spec, Five(), device="cpu", precision="float32", batch_size=2)
    inputs = torch.ones(2, 3, spec.preprocessing.size, spec.preprocessing.size)
    assert encoder.embed(inputs).shape == (2, 3)

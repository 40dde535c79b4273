"""A folded model computes the same function."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from radalike.encoders.folding import fold_batch_norm


def norm(channels: int, **options: bool) -> nn.BatchNorm2d:
    """A batch norm as training leaves it: no statistic at its initial value."""
    layer = nn.BatchNorm2d(channels, **options)
    if layer.running_mean is not None and layer.running_var is not None:
        layer.running_mean.normal_()
        layer.running_var.uniform_(0.5, 2)
    if layer.affine:
        nn.init.uniform_(layer.weight, 0.5, 1.5)
        nn.init.normal_(layer.bias)
    return layer


class Shared(nn.Module):
    """One convolution, two norms: each has its own statistics, as in a siamese network."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 3, 3, padding=1)
        self.one, self.two = norm(3), norm(3)

    def forward(self, inputs: Tensor) -> Tensor:
        left: Tensor = self.one(self.convolution(inputs))
        right: Tensor = self.two(self.convolution(inputs))
        return left + right


class Repeated(nn.Module):
    """The same block, twice."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution, self.norm = nn.Conv2d(3, 3, 3, padding=1), norm(3)

    def forward(self, inputs: Tensor) -> Tensor:
        once = self.norm(self.convolution(inputs))
        twice: Tensor = self.norm(self.convolution(once))
        return twice


class UsedTwice(nn.Module):
    """The convolution's own output is used as well: it must not change."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution, self.norm = nn.Conv2d(3, 3, 1), norm(3)

    def forward(self, inputs: Tensor) -> Tensor:
        features: Tensor = self.convolution(inputs)
        normed: Tensor = self.norm(features)
        return normed + features


def timm_model() -> nn.Module:
    import timm

    model: nn.Module = timm.create_model("test_efficientnet", pretrained=False)
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            assert layer.running_mean is not None
            assert layer.running_var is not None
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
    return model


MODELS: dict[str, Callable[[], nn.Module]] = {
    "without a bias": lambda: nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), norm(4), nn.ReLU()),
    "with a bias": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), norm(4)),
    "not affine": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), norm(4, affine=False)),
    "depthwise": lambda: nn.Sequential(nn.Conv2d(3, 6, 3, groups=3, stride=2), norm(6)),
    "no statistics": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), norm(4, track_running_stats=False)),
    "norm first": lambda: nn.Sequential(norm(3), nn.Conv2d(3, 4, 3), nn.ReLU(), norm(4)),
    "transposed": lambda: nn.Sequential(nn.ConvTranspose2d(3, 4, 3), norm(4)),
    "shared": Shared,
    "repeated": Repeated,
    "used twice": UsedTwice,
    "of timm": timm_model,
}


@pytest.mark.parametrize("name", MODELS)
def test_it_is_the_same_function(name: str) -> None:
    torch.manual_seed(0)
    model = MODELS[name]().eval()
    inputs = torch.randn(2, 3, 32, 32)
    with torch.inference_mode():
        expected = model(inputs)
        folded = fold_batch_norm(model)(inputs)
    torch.testing.assert_close(folded, expected, rtol=1e-5, atol=1e-5)


def count(model: nn.Module) -> int:
    """Batch norms that still do something."""
    return sum(isinstance(layer, nn.BatchNorm2d) for layer in model.modules())


def test_the_norms_are_gone() -> None:
    torch.manual_seed(0)
    model = timm_model().eval()
    assert count(model) > 3
    folded = fold_batch_norm(model)
    assert count(folded) == 0
    assert not folded.training


class Branching(nn.Module):
    """What is computed depends on the values, so it cannot be traced."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 4, 3), norm(4))

    def forward(self, inputs: Tensor) -> Tensor:
        features: Tensor = self.layers(inputs)
        return features if features.sum() > 0 else -features


def test_a_model_that_cannot_be_traced_is_left_alone() -> None:
    model = Branching().eval()
    assert fold_batch_norm(model) is model


@pytest.mark.parametrize("name", ["no batch norm", "not traceable", "folded"])
def test_no_model_is_copied(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import timm

    def copied(_: object) -> object:
        raise AssertionError("the memory of a copy")

    models: dict[str, Callable[[], nn.Module]] = {
        "no batch norm": lambda: timm.create_model("test_vit"),
        "not traceable": Branching,
        "folded": timm_model,
    }
    model = models[name]().eval()
    monkeypatch.setattr("copy.deepcopy", copied)
    folded = fold_batch_norm(model)
    assert (folded is model) is (name != "folded")


class ByName(nn.Module):
    """A norm that is called with a keyword, and one on no convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution, self.one, self.two = nn.Conv2d(3, 3, 1), norm(3), norm(3)

    def forward(self, inputs: Tensor) -> Tensor:
        normed: Tensor = self.one(input=self.convolution(inputs))
        again: Tensor = self.two(normed + 1)
        return again


def test_a_norm_that_is_called_otherwise_is_left() -> None:
    model = ByName().eval()
    inputs = torch.randn(2, 3, 8, 8)
    with torch.inference_mode():
        expected = model(inputs)
        folded = fold_batch_norm(model)
        assert count(folded) == 2
        torch.testing.assert_close(folded(inputs), expected, rtol=1e-5, atol=1e-5)


def test_the_default_encoder_has_no_norm_left() -> None:
    """timm's own convolutions and norms are folded too: half of the encoder's speed is in it."""
    from radalike.encoders.catalogue import EFFICIENTNET_LITE0
    from radalike.encoders.loaders import load_module

    folded = fold_batch_norm(load_module(EFFICIENTNET_LITE0))
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())

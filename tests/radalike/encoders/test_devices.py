"""Which device an encoder computes on."""

from __future__ import annotations

import sys

import pytest
import torch

from radalike.encoders.devices import device_here, require_device
from radalike.errors import DeviceUnavailable

no_cuda = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")


@no_cuda
@pytest.mark.parametrize("device", ["cuda", "cuda:3"])
def test_a_device_that_is_not_there(device: str) -> None:
    with pytest.raises(DeviceUnavailable, match=device) as caught:
        device_here(device)
    assert "device=cpu" in caught.value.hint
    assert caught.value.exit_code == 2
    with pytest.raises(DeviceUnavailable, match=device):
        require_device(device)


@pytest.mark.parametrize("device", ["abacus", "auto:0", "cpu:", "cpu:x", "cpu:1", ""])
def test_a_device_that_does_not_exist(device: str) -> None:
    with pytest.raises(DeviceUnavailable, match=f"device '{device}'"):
        device_here(device)


def test_of_several_there_is_no_other_than_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert [device_here(name) for name in ("cuda", "cuda:1", "auto")] == ["cuda", "cuda:1", "cuda"]
    for absent in ("cuda:2", "cuda:-1", "cuda:x"):
        with pytest.raises(DeviceUnavailable, match=absent):
            device_here(absent)


@pytest.mark.skipif(
    torch.cuda.is_available() or torch.backends.mps.is_available(), reason="there is a GPU"
)
def test_auto_is_the_processor_where_there_is_nothing_else() -> None:
    assert device_here("auto") == "cpu"


def test_the_processor_can_be_numbered() -> None:
    assert device_here("cpu:0") == "cpu:0"


def test_what_is_always_there_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    require_device("auto")
    assert device_here("cpu") == "cpu"

"""The fastest precision that agrees with float32."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from radalike.encoders import precision
from radalike.encoders.base import Encoder
from radalike.encoders.catalogue import EFFICIENTNET_LITE0
from radalike.encoders.precision import (
    AGREEMENT,
    agreement,
    candidates,
    fastest_agreeing,
    probe_images,
)
from radalike.encoders.torch_encoder import load_encoder
from radalike.vectors import normalised
from tests.radalike.encoders.tiny import SIZE, tiny_spec
from tests.radalike.pictures import picture

if TYPE_CHECKING:
    from torch import Tensor


class Clock:
    """Stands where `time` stood: it moves on only when an encoder says so."""

    now = 0.0

    def perf_counter(self) -> float:
        return self.now


class Paced(Encoder):
    """Takes `seconds` a batch; its vectors are those of float32 plus `error`."""

    def __init__(self, clock: Clock, name: str, seconds: float, error: float | Exception) -> None:
        spec = tiny_spec("custom", "none", Path(), 48)
        super().__init__(spec, device="cpu", precision=name, batch_size=32)
        self.clock, self.seconds, self.error = clock, seconds, error

    def embed(self, inputs: Tensor) -> Tensor:
        from torch.nn.functional import adaptive_avg_pool2d

        self.clock.now += self.seconds
        if isinstance(self.error, Exception):
            raise self.error
        features = adaptive_avg_pool2d(inputs, 4).flatten(1)
        features[:, 0] += self.error
        return features


Choose = Callable[..., str]


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> Choose:
    """The precision that is chosen when each behaves as (seconds, error) says."""
    clock = Clock()
    monkeypatch.setattr(precision, "time", clock)

    def choose(**behaviour: tuple[float, float | Exception]) -> str:
        names = [name for name in behaviour if name != "float32"]
        encoder = fastest_agreeing(lambda name: Paced(clock, name, *behaviour[name]), names, SIZE)
        return encoder.precision

    return choose


def test_the_fastest_that_agrees(chosen: Choose) -> None:
    assert chosen(float32=(3, 0), float16=(2, 0), bfloat16=(1, 0)) == "bfloat16"
    assert chosen(float32=(3, 0), float16=(1, 0), bfloat16=(2, 0)) == "float16"


def test_one_that_disagrees_is_out_however_fast(chosen: Choose) -> None:
    assert chosen(float32=(3, 0), float16=(2, 0), bfloat16=(1, 9.0)) == "float16"


def test_one_that_is_slower_is_not_taken(chosen: Choose) -> None:
    assert chosen(float32=(1, 0), float16=(2, 0)) == "float32"
    assert chosen(float32=(1, 0)) == "float32"


def test_one_that_cannot_run_is_passed_over(chosen: Choose) -> None:
    assert chosen(float32=(3, 0), float16=(1, RuntimeError("no kernel"))) == "float32"


def test_one_that_overflows_is_passed_over(chosen: Choose) -> None:
    """float16 ends at 65504: a model may give NaN in it and be sound in float32."""
    assert chosen(float32=(3, 0), float16=(1, float("nan")), bfloat16=(2, 0)) == "bfloat16"


def test_agreement_is_the_least_cosine() -> None:
    one = normalised(np.array([[1, 0], [1, 0]], dtype=np.float32))
    two = normalised(np.array([[1, 0], [3, 4]], dtype=np.float32))
    assert agreement(one, two) == pytest.approx(0.6)


def test_the_probes_are_prepared_images_and_the_same_each_time() -> None:
    probes = probe_images(SIZE)
    assert len(probes) == 8
    assert {(probe.shape, probe.dtype.name) for probe in probes} == {((SIZE, SIZE), "uint8")}
    assert all((probe.min(), probe.max() > 100) == (0, True) for probe in probes)
    for one, two in zip(probes, probe_images(SIZE), strict=True):
        np.testing.assert_array_equal(one, two)


def test_what_the_processor_offers() -> None:
    assert set(candidates("cpu")) <= {"float16", "bfloat16"}
    assert candidates("mps") == ("float16",)


@pytest.mark.skipif("float16" not in candidates("cpu"), reason="no float16 in this processor")
def test_the_default_in_half_precision_agrees_on_other_images_than_the_probes(
    encoder: Encoder,
) -> None:
    half = load_encoder(EFFICIENTNET_LITE0, device="cpu", precision="float16")
    images = [picture(kind, number) for number in range(2) for kind in ("CT", "US", "XR")]
    assert agreement(half.encode(images), encoder.encode(images)) >= AGREEMENT
    assert half.fingerprint == encoder.fingerprint

"""One model is traced while others compute."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import torch
from torch import nn

from radalike.encoders.folding import fold_batch_norm
from radalike.encoders.tracing import Turns


def convolutions(count: int) -> nn.Module:
    layers = [
        layer
        for _ in range(count)
        for layer in (nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU())
    ]
    return nn.Sequential(*layers).eval()


def test_tracing_waits_for_what_computes_and_holds_up_the_next() -> None:
    turns, order, inside, go_on = Turns(), [], Event(), Event()

    def compute() -> None:
        with turns.computing():
            inside.set()
            go_on.wait(10)
            order.append("computed")

    def trace() -> None:
        with turns.tracing():
            order.append("traced")

    first, second = Thread(target=compute), Thread(target=trace)
    first.start()
    assert inside.wait(10)
    second.start()
    second.join(0.1)
    assert order == []
    go_on.set()
    first.join(10)
    second.join(10)
    assert order == ["computed", "traced"]


def test_models_are_loaded_and_called_by_many_threads_at_once() -> None:
    """A tracer that is not alone takes the calls of the others for its own."""
    from radalike.encoders.tracing import TURNS

    computing = convolutions(2)
    inputs = torch.zeros(1, 3, 8, 8)

    def call(_: int) -> None:
        with torch.inference_mode(), TURNS.computing():
            computing(inputs)

    def load(_: int) -> None:
        assert fold_batch_norm(convolutions(20)) is not None

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(each, n) for n in range(20) for each in (call, load, call)]:
            done.result(60)

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from eval import saved_state
from eval.classification.probe import linear_layer
from eval.classification.probe.examples import Examples
from eval.classification.probe.linear_layer import fit_linear_layer
from eval.saved_state import KeptWork, SavedState

NOWHERE = SavedState(None, "probe", [])


def examples(seed: int = 0, n: int = 300, dimension: int = 8, spread: float = 0.4) -> Examples:
    random = np.random.default_rng(seed)
    classes = random.integers(3, size=n)
    vectors = np.eye(dimension)[classes] + spread * random.normal(size=(n, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    third = n // 3
    return Examples(
        rows=np.arange(n),
        vectors=vectors.astype(np.float32),
        classes=classes,
        told=np.arange(3),
        training=np.arange(third, n),
        validation=np.arange(third),
        tested=np.arange(0),
        held_out=False,
        taken_out=0,
        without_vector={},
    )


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that few images make many steps."""
    monkeypatch.setattr(linear_layer, "BATCH", 8)


@pytest.mark.usefixtures("small_batches")
def test_it_learns_to_tell_classes_apart() -> None:
    given = examples()
    layer = fit_linear_layer(given, 0, saved=NOWHERE)
    said = layer.probabilities(given.vectors[given.validation])
    assert said.sum(axis=1) == pytest.approx(1)
    assert (said.argmax(axis=1) == given.classes[given.validation]).mean() == layer.right > 0.8
    assert 1 <= layer.epoch <= layer.epochs <= 100
    assert layer.steps == layer.epochs * 25


def test_the_same_seed_gives_the_same_numbers_and_leaves_torch_alone() -> None:
    given = examples()
    torch.manual_seed(1)
    threads, state = torch.get_num_threads(), torch.random.get_rng_state()
    first, again, other = (fit_linear_layer(given, seed, saved=NOWHERE) for seed in (5, 5, 6))
    assert first.weight.tolist() == again.weight.tolist()
    assert first.weight.tolist() != other.weight.tolist()
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.random.get_rng_state(), state)


def test_it_is_adamw_on_cross_entropy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three epochs of one batch each, in numpy: Loshchilov & Hutter 2019, algorithm 2."""
    monkeypatch.setattr(linear_layer, "EPOCHS", 3)
    monkeypatch.setattr(linear_layer, "PATIENCE", 100)
    given = examples(n=90)
    start = torch.Generator().manual_seed(7)
    weight = torch.empty(3, 8).normal_(0.0, 0.01, generator=start).numpy().astype(np.float64)
    bias = np.zeros(3)
    vectors = given.vectors[given.training].astype(np.float64)
    one_hot = np.eye(3)[given.classes[given.training]]
    parameters, rights = [weight, bias], []
    moments = [(np.zeros_like(each), np.zeros_like(each)) for each in parameters]
    kept = []
    for step in range(1, 4):
        logits = vectors @ parameters[0].T + parameters[1]
        odds = np.exp(logits)
        slope = (odds / odds.sum(axis=1, keepdims=True) - one_hot) / len(vectors)
        for place, gradient in enumerate((slope.T @ vectors, slope.sum(axis=0))):
            first = 0.9 * moments[place][0] + 0.1 * gradient
            second = 0.999 * moments[place][1] + 0.001 * gradient**2
            moments[place] = (first, second)
            moved = (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
            parameters[place] = parameters[place] * (1 - 1e-3 * 0.01) - 1e-3 * moved
        held = given.vectors[given.validation] @ parameters[0].T + parameters[1]
        rights.append((held.argmax(axis=1) == given.classes[given.validation]).mean())
        kept.append([each.copy() for each in parameters])
    layer = fit_linear_layer(given, 7, saved=NOWHERE)
    best = int(np.argmax(rights))
    assert (layer.epoch, layer.right) == (best + 1, pytest.approx(rights[best]))
    assert layer.weight == pytest.approx(kept[best][0], abs=1e-6)
    assert layer.bias == pytest.approx(kept[best][1], abs=1e-6)


@pytest.mark.usefixtures("small_batches")
def test_it_stops_when_it_gets_no_better() -> None:
    given = examples(spread=0.0)  # perfect soon
    layer = fit_linear_layer(given, 0, saved=NOWHERE)
    assert layer.right == 1.0
    assert layer.epochs == layer.epoch + 20


def test_equal_vectors_give_an_answer() -> None:
    given = examples()
    given.vectors[:] = given.vectors[0]
    layer = fit_linear_layer(given, 0, saved=NOWHERE)
    assert np.isfinite(layer.probabilities(given.vectors)).all()


def test_an_interrupted_one_goes_on_to_the_same_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_state, "EVERY_SECONDS", 0.0)
    given = examples()
    whole = fit_linear_layer(given, 3, saved=NOWHERE)
    epochs = []

    def interrupt(epoch: int, _most: int) -> None:
        epochs.append(epoch)
        if epoch == 9:
            raise KeyboardInterrupt

    saved = SavedState(KeptWork(tmp_path), "p", [])
    with pytest.raises(KeyboardInterrupt):
        fit_linear_layer(given, 3, saved=saved, progress=interrupt)
    with KeptWork(tmp_path) as kept:
        saved = SavedState(kept, "p", [])
        again = fit_linear_layer(given, 3, saved=saved, progress=lambda e, _: epochs.append(e))
    assert kept.resumed == 1
    assert epochs[:10] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 9]
    assert again.weight.tolist() == whole.weight.tolist()
    assert (again.epoch, again.epochs, again.right) == (whole.epoch, whole.epochs, whole.right)
    assert not list(tmp_path.iterdir())

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge as SklearnRidge

from eval.classification.probe import ridge
from eval.classification.probe.examples import Examples
from eval.classification.probe.ridge import PENALTIES, fit_ridge


def examples(n: int, dimension: int, seed: int = 0) -> Examples:
    random = np.random.default_rng(seed)
    classes = np.concatenate([np.arange(3), random.integers(3, size=n + 27)])
    vectors = np.eye(dimension)[classes] + 0.7 * random.normal(size=(n + 30, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Examples(
        rows=np.arange(n + 30),
        vectors=vectors.astype(np.float32),
        classes=classes,
        told=np.arange(3),
        training=np.arange(n),
        validation=np.arange(n, n + 30),
        tested=np.arange(0),
        held_out=False,
        taken_out=0,
        without_vector={},
    )


@pytest.mark.parametrize(("n", "dimension"), [(200, 10), (12, 40)])
def test_each_penalty_gives_what_scikit_learn_gives(n: int, dimension: int) -> None:
    given = examples(n, dimension)
    found = fit_ridge(given)
    rows = given.vectors[:n].astype(np.float64)
    centred = rows - rows.mean(axis=0)
    variances = np.linalg.svd(centred, compute_uv=False) ** 2 / n
    mean_variance = variances[variances > 1e-12].mean()
    one_hot = np.eye(3)[given.classes[:n]]
    right = []
    for penalty in PENALTIES:
        peer = SklearnRidge(alpha=penalty * mean_variance * n).fit(rows, one_hot)
        said = peer.predict(given.vectors[n:].astype(np.float64))
        right.append((said.argmax(axis=1) == given.classes[n:]).mean())
        if penalty == found.penalty:
            assert found.estimates(given.vectors[n:]) == pytest.approx(said, abs=1e-6)
    assert found.tried == pytest.approx(right)
    assert found.right == max(right)
    assert found.penalty == max(
        p for p, each in zip(PENALTIES, right, strict=True) if each == max(right)
    )


def test_the_answer_does_not_depend_on_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    given = examples(100, 10)
    whole = fit_ridge(given)
    monkeypatch.setattr(ridge, "BLOCK", 7)
    moves: list[tuple[int, int]] = []
    parts = fit_ridge(given, progress=lambda done, total: moves.append((done, total)))
    assert parts.weight == pytest.approx(whole.weight, abs=1e-9)
    assert parts.tried == whole.tried
    assert moves[-1] == (100, 100)


@pytest.mark.parametrize(("n", "dimension"), [(200, 10), (12, 40)])
def test_equal_vectors_say_the_share_of_each_class(n: int, dimension: int) -> None:
    given = examples(n, dimension)
    given.vectors[:] = given.vectors[0]
    shares = np.bincount(given.classes[:n], minlength=3) / n
    assert fit_ridge(given).estimates(given.vectors[:2]) == pytest.approx(np.stack([shares] * 2))

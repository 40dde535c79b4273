from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from radalike.adaptation.examples import Examples, frequent, numbered, sample
from radalike.adaptation.folds import folds
from tests.radalike.adaptation.clouds import clouds


def _examples(classes: list[int], groups: list[int]) -> Examples:
    return Examples(
        np.ones((len(classes), 1), dtype=np.float32), numbered(classes), np.array(groups)
    )


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 8)), min_size=1), st.integers(0, 9))
def test_a_group_is_never_torn(rows: list[tuple[int, int]], seed: int) -> None:
    examples = _examples([code for code, _ in rows], [group for _, group in rows])
    found = folds(examples, 3, seed)
    assert set(found.tolist()) <= {0, 1, 2}
    for group in set(examples.groups.tolist()):
        assert len(set(found[examples.groups == group].tolist())) == 1


def test_every_fold_has_its_share_of_every_class() -> None:
    examples = clouds(10, classes=4)
    found = folds(examples, 5, seed=1)
    for code in range(4):
        assert np.bincount(found[examples.classes == code]).tolist() == [2] * 5


def test_the_seed_decides() -> None:
    examples = clouds(10)
    assert np.array_equal(folds(examples, 5, 0), folds(examples, 5, 0))
    assert not np.array_equal(folds(examples, 5, 0), folds(examples, 5, 1))


def test_rare_classes_are_left_out_and_a_sample_keeps_every_class() -> None:
    classes = {f"a{number}": "a" for number in range(100)}
    classes |= {f"b{number}": "b" for number in range(4)} | {"c0": "c"}
    kept = frequent(classes)
    assert set(kept.values()) == {"a", "b"}
    few = sample(kept, 20, seed=0)
    assert few == sample(kept, 20, seed=0)
    assert sum(name == "b" for name in few.values()) == 4
    assert sum(name == "a" for name in few.values()) == 19
    assert sample(kept, 1000, seed=0) == kept

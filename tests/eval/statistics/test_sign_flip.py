from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from eval.statistics import sign_flip as module
from eval.statistics.sign_flip import sign_flip
from radalike.errors import InvalidSetting, UsageError


def test_three_patients_by_hand() -> None:
    # Sums of the patients: 0.6, 0.3 and -0.1, so the mean of 4 queries is 0.2. Of the patterns
    # +++ 0.8, ++- 1.0, +-+ 0.2, +-- 0.4 (and their opposites) two are at least as far as 0.8.
    differences = np.array([[0.4], [0.2], [0.3], [-0.1]])
    found = sign_flip(differences, np.array([0, 0, 0, 0]), np.array([7, 7, 3, -1]))
    assert found.micro == pytest.approx([0.2])
    assert found.micro_p == pytest.approx([2 / 4])
    assert found.macro_p == pytest.approx(found.micro_p)
    assert (found.clusters, found.flips, found.exact) == (3, 4, True)


def test_a_patients_classes_flip_together() -> None:
    # One patient is better in class 0 and as much worse in class 1; class 1 has one more query.
    differences = np.array([[0.5], [-0.5], [0.3]])
    found = sign_flip(differences, np.array([0, 1, 1]), np.array([0, 0, 1]))
    # Macro: (0.5 + (-0.5 + 0.3) / 2) / 2 = 0.2; the patients add 0.125 and 0.075.
    assert found.macro == pytest.approx([0.2])
    assert found.macro_p == pytest.approx([1 / 2])
    # Micro: the first patient adds 0, so that only one sign matters.
    assert found.micro == pytest.approx([0.1])
    assert found.micro_p == pytest.approx([1])


def by_loop(differences: np.ndarray, classes: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """The exact p-values, by going through all patterns; a tie is what is within 1e-12."""

    def means(values: np.ndarray) -> np.ndarray:
        by_class = [values[classes == one].mean(axis=0) for one in np.unique(classes)]
        return np.abs([values.mean(axis=0), np.mean(by_class, axis=0)])

    names = np.unique(clusters)
    patterns = list(itertools.product((1, -1), repeat=len(names)))
    as_far = [
        means(differences * np.array(signs)[np.searchsorted(names, clusters)][:, None])
        >= means(differences) - 1e-12
        for signs in patterns
    ]
    return np.asarray(np.mean(as_far, axis=0))


def test_ties_are_ties_whatever_floating_point_makes_of_them() -> None:
    # 0.3 - 0.9 - 0.3 + 0.4 = -0.5. Of the 8 patterns only one is nearer to 0, with 0.1; another is
    # as far, and would not be by its last bit.
    differences = np.array([0.3, -0.9, -0.3, 0.4])[:, None]
    found = sign_flip(differences, np.zeros(4, int), np.arange(4))
    assert found.micro_p.tolist() == found.macro_p.tolist() == [7 / 8]


few = st.integers(1, 12).flatmap(
    lambda size: st.tuples(
        # Tenths: differences that tie, and that floating point does not add up to ties.
        hnp.arrays(np.int64, (size, 2), elements=st.integers(-10, 10)).map(
            lambda tenths: tenths / 10
        ),
        hnp.arrays(np.int64, size, elements=st.integers(0, 2)),
        hnp.arrays(np.int64, size, elements=st.integers(0, 5)),
    )
)


@settings(deadline=None)
@given(few)
def test_the_exact_p_values_are_those_of_a_plain_loop(
    sample: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    found = sign_flip(*sample)
    assert found.exact
    micro, macro = by_loop(*sample)
    np.testing.assert_allclose(found.micro_p, micro)
    np.testing.assert_allclose(found.macro_p, macro)


@settings(deadline=None)
@given(few, st.permutations(range(6)))
def test_what_patients_are_numbered_changes_nothing(
    sample: tuple[np.ndarray, np.ndarray, np.ndarray], names: list[int]
) -> None:
    differences, classes, clusters = sample
    assume(np.unique(clusters).size > 3)
    renumbered = sign_flip(differences, classes, np.array(names)[clusters], flips=5)
    for name in ("micro", "macro", "micro_p", "macro_p"):
        np.testing.assert_array_equal(
            getattr(sign_flip(differences, classes, clusters, flips=5), name),
            getattr(renumbered, name),
        )


@settings(deadline=None)
@given(few, st.sampled_from([3, 10_000]))
def test_b_minus_a_is_a_minus_b_turned_round(
    sample: tuple[np.ndarray, np.ndarray, np.ndarray], flips: int
) -> None:
    differences, classes, clusters = sample
    one = sign_flip(differences, classes, clusters, flips=flips)
    other = sign_flip(-differences, classes, clusters, flips=flips)
    np.testing.assert_array_equal(one.micro, -other.micro)
    np.testing.assert_array_equal(one.micro_p, other.micro_p)
    np.testing.assert_array_equal(one.macro_p, other.macro_p)


def test_scipy_agrees_on_all_patterns() -> None:
    a, b = np.random.default_rng(1).random((2, 11))
    peer = stats.permutation_test(
        (a, b),
        lambda a, b, axis: np.mean(a - b, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )
    found = sign_flip((a - b)[:, None], np.zeros(11, int), np.full(11, -1))
    assert found.exact
    assert found.micro[0] == pytest.approx(peer.statistic)
    assert found.micro_p[0] == pytest.approx(peer.pvalue)


def test_random_patterns_come_near_to_all_of_them() -> None:
    random = np.random.default_rng(2)
    differences = random.normal(0.25, 1, (40, 3))
    classes, clusters = random.integers(0, 3, 40), random.integers(0, 13, 40)
    exact = sign_flip(differences, classes, clusters)
    drawn = sign_flip(differences, classes, clusters, flips=4095, seed=3)
    assert (exact.exact, exact.flips) == (True, 4096)
    assert (drawn.exact, drawn.flips, drawn.seed) == (False, 4095, 3)
    np.testing.assert_allclose(drawn.micro_p, exact.micro_p, atol=4 * 0.5 / 4096**0.5)
    np.testing.assert_allclose(drawn.macro_p, exact.macro_p, atol=4 * 0.5 / 4096**0.5)


def test_random_p_values_are_never_zero() -> None:
    found = sign_flip(np.ones((30, 1)), np.zeros(30, int), np.arange(30), flips=99)
    assert found.micro_p.tolist() == [1 / 100]


def test_the_same_seed_gives_the_same_p_whatever_the_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(4)
    sample = random.standard_normal((60, 2)), random.integers(0, 4, 60), np.arange(60)
    whole = sign_flip(*sample, flips=500, seed=6)
    monkeypatch.setattr(module, "BLOCK", 60 * 7)
    np.testing.assert_array_equal(sign_flip(*sample, flips=500, seed=6).micro_p, whole.micro_p)
    few_patients = sample[0], sample[1], np.arange(60) % 9
    in_blocks = sign_flip(*few_patients)
    monkeypatch.undo()
    assert in_blocks.exact
    np.testing.assert_array_equal(in_blocks.micro_p, sign_flip(*few_patients).micro_p)


def test_patients_without_a_difference_do_not_count() -> None:
    """Thousands that fail on both sides alike leave the few that differ, all patterns of them."""
    differences = np.zeros((5000, 1))
    differences[:10] = 0.5
    found = sign_flip(differences, np.zeros(5000, int), np.arange(5000))
    assert (found.clusters, found.exact) == (5000, True)
    assert found.micro_p[0] == pytest.approx(2 / 2**10)


def test_errors_are_as_frequent_as_alpha_says() -> None:
    random = np.random.default_rng(11)
    simulations, alpha = 400, 0.1
    clustered, unclustered = np.zeros(2), 0
    for seed in range(simulations):
        clusters = np.repeat(np.arange(25), 6)
        shared = random.standard_normal(25)[clusters]
        differences = (shared + 0.3 * random.standard_normal(150))[:, None]
        classes = random.integers(0, 3, 150)
        found = sign_flip(differences, classes, clusters, flips=199, seed=seed)
        clustered += np.array([found.micro_p[0], found.macro_p[0]]) <= alpha
        alone = sign_flip(differences, classes, np.full(150, -1), flips=199, seed=seed)
        unclustered += alone.micro_p[0] <= alpha
    # Four standard errors of a proportion on either side.
    spread = 4 * (alpha * (1 - alpha) / simulations) ** 0.5
    np.testing.assert_allclose(clustered / simulations, alpha, atol=spread)
    assert unclustered / simulations > 0.3


def test_a_difference_that_is_there_is_found() -> None:
    random = np.random.default_rng(12)
    found = sign_flip(
        random.normal([0.3, 0], 1, (400, 2)),
        random.integers(0, 4, 400),
        random.integers(0, 200, 400),
    )
    assert found.micro_p[0] < 0.01
    assert found.macro_p[0] < 0.01
    assert found.micro_p[1] > 0.05


@pytest.mark.parametrize(
    ("differences", "clusters"),
    [([[0.5], [0.5]], [1, 1]), ([[0.0], [0.0], [0.0]], [0, 1, 2]), ([[0.3]], [-1])],
    ids=["one patient", "no difference", "one query"],
)
def test_what_shows_nothing_has_a_p_of_one(
    differences: list[list[float]], clusters: list[int]
) -> None:
    found = sign_flip(np.array(differences), np.zeros(len(clusters), int), np.array(clusters))
    assert found.micro_p.tolist() == found.macro_p.tolist() == [1]
    assert found.exact


def test_nothing_to_compare_is_an_error() -> None:
    with pytest.raises(UsageError, match="no query"):
        sign_flip(np.empty((0, 1)), np.array([], int), np.array([], int))


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(InvalidSetting):
        sign_flip(np.ones((2, 1)), np.zeros(2, int), np.arange(2), flips=0)
    with pytest.raises(UsageError, match="1 of 2 queries"):
        sign_flip(np.array([[0.0], [np.nan]]), np.zeros(2, int), np.arange(2))

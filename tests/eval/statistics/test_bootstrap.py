from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from eval.statistics import bootstrap
from eval.statistics.bootstrap import Intervals, bootstrap_intervals
from radalike.errors import InvalidSetting, UsageError

ALONE = np.array([-1])


def assert_same(one: Intervals, other: Intervals) -> None:
    np.testing.assert_array_equal(one.micro, other.micro)
    np.testing.assert_array_equal(one.macro, other.macro)


def test_two_patients_by_hand() -> None:
    # One patient has two images of class 0, the other one image each of class 0 and class 1.
    values = np.array([[1.0], [0.0], [0.0], [0.8]])
    given_draws = {  # drawn: first twice, one of each, second twice
        "micro": [0.5, 1.8 / 4, 0.4],
        "macro": [0.5, (1 / 3 + 0.8) / 2, 0.4],
    }
    found = bootstrap_intervals(
        values, np.array([0, 0, 0, 1]), np.array([5, 5, 6, 6]), draws=500, confidence=0.9
    )
    # Half of the draws take one of each, a quarter each take one patient twice.
    np.testing.assert_allclose(
        found.micro, [[min(given_draws["micro"]), max(given_draws["micro"])]]
    )
    np.testing.assert_allclose(
        found.macro, [[min(given_draws["macro"]), max(given_draws["macro"])]]
    )
    assert (found.clusters, found.draws, found.seed, found.confidence) == (2, 500, 0, 0.9)


def test_all_resamples_by_a_plain_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the 4^4 resamples once: then nothing is random, and a loop says what is right."""
    random = np.random.default_rng(3)
    clusters = np.array([0, 1, 1, 2, 2, 2, 3, 0, 3, 1])
    classes = np.array([0, 0, 1, 1, 1, 2, 2, 2, 0, 0])
    values = random.random((10, 2))
    resamples = [list(each) for each in itertools.product(range(4), repeat=4)]

    def every_one(_: object, clusters: int, draws: int) -> np.ndarray:
        assert draws == len(resamples)
        return np.stack([np.bincount(each, minlength=clusters) for each in resamples], axis=1) * 1.0

    monkeypatch.setattr(bootstrap, "_times_taken", every_one)
    found = bootstrap_intervals(values, classes, clusters, draws=len(resamples))

    micro, macro = [], []
    for each in resamples:
        taken = np.concatenate([np.flatnonzero(clusters == cluster) for cluster in each])
        micro.append(values[taken].mean(axis=0))
        present = np.unique(classes[taken])
        macro.append(
            np.mean([values[taken][classes[taken] == one].mean(axis=0) for one in present], axis=0)
        )
    places = np.array([0.025, 0.975]) * (len(resamples) + 1) - 1
    for limits, drawn in ((found.micro, micro), (found.macro, macro)):
        for column, ordered in zip(limits, np.sort(drawn, axis=0).T, strict=True):
            expected = np.interp(places, np.arange(len(resamples)), ordered)
            np.testing.assert_allclose(column, expected, rtol=1e-12)


def test_the_limits_of_999_draws_are_the_25th_and_the_975th() -> None:
    drawn = np.random.default_rng(0).permutation(np.arange(1.0, 1000.0))
    np.testing.assert_allclose(bootstrap._limits(drawn[:, None], 0.95), [[25, 975]])


def test_a_draw_takes_as_many_clusters_as_there_are() -> None:
    taken = bootstrap._times_taken(np.random.default_rng(0), 50, 2000)
    assert taken.shape == (50, 2000)
    assert (taken.sum(axis=0) == 50).all()
    np.testing.assert_allclose(taken.mean(axis=1), 1, atol=0.12)  # 5 standard errors
    assert taken.var() == pytest.approx(1 - 1 / 50, abs=0.03)  # binomial(50, 1/50)


def test_one_query_per_cluster_is_the_ordinary_bootstrap() -> None:
    values = np.random.default_rng(1).exponential(size=60)
    ordinary = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    found = bootstrap_intervals(values[:, None], np.zeros(60, int), ALONE.repeat(60), draws=20_000)
    width = ordinary.high - ordinary.low
    np.testing.assert_allclose(found.micro[0], ordinary, atol=0.03 * width)
    np.testing.assert_allclose(found.macro, found.micro)  # one class: the same mean


def test_the_same_seed_gives_the_same_interval_whatever_the_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(5)
    sample = random.random((200, 3)), random.integers(0, 5, 200), random.integers(0, 70, 200)
    whole = bootstrap_intervals(*sample, draws=50, seed=4)
    monkeypatch.setattr(bootstrap, "BLOCK", 70 * 7)
    assert_same(bootstrap_intervals(*sample, draws=50, seed=4), whole)
    assert not np.array_equal(bootstrap_intervals(*sample, draws=50, seed=5).micro, whole.micro)


samples = st.integers(1, 25).flatmap(
    lambda size: st.tuples(
        hnp.arrays(np.float64, (size, 2), elements=st.floats(0, 1)),
        hnp.arrays(np.int64, size, elements=st.integers(0, 4)),
        hnp.arrays(np.int64, size, elements=st.integers(-1, 6)),
    )
)


@settings(deadline=None)
@given(samples, st.permutations(range(7)), st.permutations(range(5)))
def test_what_patients_and_classes_are_numbered_changes_nothing(
    sample: tuple[np.ndarray, np.ndarray, np.ndarray], patients: list[int], names: list[int]
) -> None:
    values, classes, clusters = sample
    renumbered = np.where(clusters < 0, -1, np.array(patients)[clusters] * 10)
    assert_same(
        bootstrap_intervals(values, classes, clusters, draws=20),
        bootstrap_intervals(values, np.array(names)[classes], renumbered, draws=20),
    )


@settings(deadline=None)
@given(samples)
def test_limits_are_in_order_and_within_the_values(
    sample: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    values, classes, clusters = sample
    found = bootstrap_intervals(values, classes, clusters, draws=20)
    for limits in (found.micro, found.macro):
        if found.clusters < 2:
            assert np.isnan(limits).all()
            continue
        assert (limits[:, 0] <= limits[:, 1]).all()
        assert (limits[:, 0] >= values.min(axis=0) - 1e-12).all()
        assert (limits[:, 1] <= values.max(axis=0) + 1e-12).all()


@settings(deadline=None)
@given(st.floats(-1, 1), samples)
def test_equal_values_have_an_interval_of_no_width(
    value: float, sample: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    values, classes, clusters = sample
    found = bootstrap_intervals(np.full_like(values, value), classes, clusters, draws=20)
    if found.clusters >= 2:
        assert (found.micro == value).all()
        assert (found.macro == value).all()


def test_the_interval_holds_the_estimate() -> None:
    random = np.random.default_rng(8)
    values = (random.random((500, 4)) < [0.9, 0.6, 0.5, 0.1]).astype(float)
    classes, clusters = random.integers(0, 6, 500), random.integers(0, 180, 500)
    found = bootstrap_intervals(values, classes, clusters)
    micro = values.mean(axis=0)
    macro = np.mean([values[classes == one].mean(axis=0) for one in range(6)], axis=0)
    for limits, estimate in ((found.micro, micro), (found.macro, macro)):
        assert (limits[:, 0] < estimate).all()
        assert (estimate < limits[:, 1]).all()


def test_a_wider_confidence_has_a_wider_interval() -> None:
    random = np.random.default_rng(9)
    sample = random.random((100, 1)), np.zeros(100, int), np.arange(100)
    (narrow,), (wide,) = (
        bootstrap_intervals(*sample, confidence=confidence).micro for confidence in (0.5, 0.99)
    )
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def simulated(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """50 patients of 2 to 10 images that share most of what moves them; the true mean is 0."""
    clusters = np.repeat(np.arange(50), random.integers(2, 11, 50))
    values = random.standard_normal(50)[clusters] + 0.3 * random.standard_normal(len(clusters))
    return values[:, None], random.integers(0, 3, len(clusters)), clusters


def test_clustered_intervals_cover_the_truth_and_others_do_not() -> None:
    random = np.random.default_rng(10)
    covered = {"micro": 0, "macro": 0, "unclustered": 0}
    simulations = 300
    for seed in range(simulations):
        values, classes, clusters = simulated(random)
        found = bootstrap_intervals(values, classes, clusters, draws=400, seed=seed)
        alone = bootstrap_intervals(
            values, classes, np.full_like(clusters, -1), draws=400, seed=seed
        )
        for name, limits in (
            ("micro", found.micro),
            ("macro", found.macro),
            ("unclustered", alone.micro),
        ):
            covered[name] += limits[0, 0] <= 0 <= limits[0, 1]
    assert 0.90 <= covered["micro"] / simulations <= 0.99
    assert 0.90 <= covered["macro"] / simulations <= 0.99
    assert covered["unclustered"] / simulations < 0.75


def test_no_queries_and_one_patient_have_no_interval() -> None:
    nothing = bootstrap_intervals(np.empty((0, 2)), np.array([], int), np.array([], int))
    one = bootstrap_intervals(
        np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([0, 1]), np.array([3, 3])
    )
    for found, clusters in ((nothing, 0), (one, 1)):
        assert found.clusters == clusters
        for limits in (found.micro, found.macro):
            assert limits.shape == (2, 2)
            assert np.isnan(limits).all()


@pytest.mark.parametrize(
    "setting", [{"draws": 0}, {"confidence": 0}, {"confidence": 1}, {"confidence": np.nan}]
)
def test_impossible_settings_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(InvalidSetting):
        bootstrap_intervals(np.zeros((2, 1)), np.zeros(2, int), np.arange(2), **setting)  # type: ignore[arg-type]


def test_not_a_number_is_refused() -> None:
    with pytest.raises(UsageError, match="1 of 2 queries"):
        bootstrap_intervals(np.array([[0.0], [np.nan]]), np.zeros(2, int), np.arange(2))

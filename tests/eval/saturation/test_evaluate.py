from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval import saved_state
from eval.classed_images import read_classed_images
from eval.judging import judge
from eval.metrics import P, summarise
from eval.ranking import rank
from eval.relevance import relevance_of
from eval.retrieval import Question, evaluate_retrieval
from eval.saturation import close_calls, evaluate, nearest
from eval.saturation.evaluate import evaluate_saturation
from eval.saturation.report import as_json
from eval.saturation.shards import draw_levels
from eval.saved_state import KeptWork
from radalike.errors import InvalidSetting, InvalidVector, UnknownName, UsageError
from radalike.filters import Filter, any_of, eq
from tests.eval.circle import LIBRARY, TEST, TRAIN
from tests.eval.given_vectors import GivenVectors, scattered

SIZES = (1, 3, 10)


def naive(
    library: GivenVectors,
    index: Filter | None,
    queries: Filter | None,
    draws: int,
    exclude: tuple[str, ...] = (),
) -> list[list[tuple[float, float, int]]]:
    """(micro, macro, queries) of every size and draw: a search of its own for each."""
    classed = read_classed_images(
        library, {"index": index, "queries": queries}, "label", ["content"]
    )
    rows = np.flatnonzero(classed.roles["index"])
    sizes = [size for size in SIZES if size < np.bincount(classed.classes[rows]).max()]
    sizes.append(int(np.bincount(classed.classes[rows]).max()))
    levels = draw_levels(classed.classes[rows], classed.patients[rows], sizes, draws, 0)
    found = []
    for place in range(len(sizes)):
        of_draws = []
        for draw in levels:
            inside = np.zeros(len(classed.images), dtype=bool)
            inside[rows[draw <= place]] = True
            ranking = rank(
                library,
                classed.images,
                index=inside,
                queries=classed.roles["queries"],
                k=1,
                exclude=exclude,
            )
            judgement = judge(classed.images, ranking, relevance_of("label"))
            values = P(1).of(judgement.judged)[:, None]
            (summary,) = summarise(values, judgement.classes)
            of_draws.append((summary.micro, summary.macro, len(values)))
        found.append(of_draws)
    return found


def with_ties(library: GivenVectors, steps: float) -> GivenVectors:
    """Vectors on a coarse grid: many are equal."""
    coarse = np.round(library.vectors * steps) / steps
    coarse[:, 0] += (np.abs(coarse).sum(axis=1) == 0) * 1.0
    coarse /= np.linalg.norm(coarse, axis=1, keepdims=True)
    return replace(library, vectors=coarse.astype(np.float32))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["apart", "ties", "overlap", "patients", "equal", "close"])
def test_every_number_is_that_of_a_search_of_its_own(
    kind: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearest, "QUERIES", 16)  # several blocks of both
    monkeypatch.setattr(nearest, "ROWS", 5)
    library = scattered(seed, sizes={"train": 90, "test": 40}, spread=0.9, patients=12, dimension=4)
    index, queries, exclude = TRAIN, TEST, ()
    if kind == "ties":
        library = with_ties(library, 2.0)
    elif kind == "overlap":
        index = queries = None
    elif kind == "patients":
        index, exclude = None, ("same-patient",)
    elif kind == "equal":
        library.vectors[:] = library.vectors[0]
    elif kind == "close":  # differences that float32 cannot tell
        library.vectors[:] = library.vectors[0] + 1e-7 * library.vectors
    report = evaluate_saturation(
        library, index=index, queries=queries, exclude=exclude, sizes=SIZES, draws=4
    )
    expected = naive(library, index, queries, 4, exclude)
    assert len(report.steps) == len(expected)
    for step, of_draws in zip(report.steps, expected, strict=True):
        micro, macro, scored = np.array(of_draws).T
        assert step.micro.mean == pytest.approx(micro.mean(), abs=1e-12)
        assert step.macro.mean == pytest.approx(macro.mean(), abs=1e-12)
        assert step.micro.std == pytest.approx(micro.std(ddof=1), abs=1e-12)
        assert (step.micro.low, step.micro.high) == pytest.approx(
            np.quantile(micro, (0.025, 0.975)), abs=1e-12
        )
        assert step.n_queries == pytest.approx(scored.mean())


def test_the_last_step_is_the_whole_index() -> None:
    library = scattered(7, sizes={"train": 80, "test": 30}, spread=0.8)
    report = evaluate_saturation(library, sizes=(1, 2), draws=3)
    whole = evaluate_retrieval(library, Question(metrics=(P(1),)))
    last = report.steps[-1]
    assert last.n_index == whole.n_index == 80
    assert last.micro.mean == whole.micro["P@1"]
    assert last.macro.mean == pytest.approx(whole.macro["P@1"])
    assert last.micro.std == last.macro.std == 0.0
    assert [step.size for step in report.steps[:2]] == [1, 2]
    assert [step.n_index for step in report.steps[:2]] == [4, 8]


def test_draws_in_batches_and_pairs_that_are_dropped_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library = with_ties(scattered(8, sizes={"train": 90, "test": 40}, dimension=3), 3.0)
    whole = as_json(evaluate_saturation(library, sizes=SIZES, draws=5))
    monkeypatch.setattr(evaluate, "AT_ONCE", 1)
    monkeypatch.setattr(close_calls, "KEPT", 50)
    monkeypatch.setattr(close_calls, "PAIRS", 7)
    moves: list[tuple[int, int]] = []
    parts = evaluate_saturation(
        library, sizes=SIZES, draws=5, progress=lambda done, total: moves.append((done, total))
    )
    assert as_json(parts) == whole
    assert moves[-1] == (450, 450)
    assert moves == sorted(moves)


def test_an_interrupted_one_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_state, "EVERY_SECONDS", 0.0)
    library = scattered(9, sizes={"train": 90, "test": 40})
    whole = as_json(evaluate_saturation(library, sizes=SIZES, draws=2))
    taken: list[int] = []
    real = evaluate.take_in

    def counted(*arguments: Any) -> None:
        taken.append(len(arguments[2].rows))
        real(*arguments)

    monkeypatch.setattr(evaluate, "take_in", counted)

    def interrupt(done: int, total: int) -> None:
        if done > total / 2:
            raise KeyboardInterrupt

    kept = KeptWork(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        evaluate_saturation(library, sizes=SIZES, draws=2, progress=interrupt, resume_in=kept)
    assert list(tmp_path.iterdir())
    before = sum(taken)
    with KeptWork(tmp_path) as kept:
        again = evaluate_saturation(library, sizes=SIZES, draws=2, resume_in=kept)
    assert kept.resumed == 1
    assert as_json(again) == whole
    assert sum(taken) == 90  # each image of the index once
    assert 0 < before < 90
    assert not list(tmp_path.iterdir())


def test_by_hand() -> None:
    report = evaluate_saturation(LIBRARY, draws=20)
    # qa (2 degrees) is nearer to both a's than to any b. qb (39): a2 is 19 away, b1 21, a1 39, b2
    # 41: with one image of each class it finds b by a1 and b1 only, with all it finds a2.
    assert [(step.size, step.n_index) for step in report.steps] == [(1, 2), (2, 4)]
    assert report.unanswerable == {"c": 1}
    assert report.left_out == {"index": 1, "queries": 1}
    assert report.without_vector == {"index": 1, "queries": 0}
    assert report.steps[1].micro.mean == 0.5
    assert 0.5 < report.steps[0].micro.mean < 0.75
    assert (report.steps[0].micro.low, report.steps[0].micro.high) == (0.5, 1.0)
    written = json.dumps(as_json(report), allow_nan=False)
    assert [step["whole_index"] for step in json.loads(written)["curve"]] == [False, True]
    assert "qb" not in written


def test_one_class_is_a_hit_at_every_size() -> None:
    report = evaluate_saturation(LIBRARY, index=eq("labels", "a"), draws=2)
    assert report.n_classes == 1
    assert [step.micro.mean for step in report.steps] == [1.0, 1.0]
    assert report.unanswerable == {"b": 1, "c": 1}


def test_a_query_that_is_its_class_s_only_image_is_not_scored() -> None:
    report = evaluate_saturation(LIBRARY, index=TRAIN, queries=TRAIN, draws=3)
    assert report.overlap == 4
    assert report.steps[0].n_queries == 2  # of four, two are the one image of their class
    assert report.steps[1].n_queries == 4
    assert report.steps[1].micro.mean == 1.0


@pytest.mark.parametrize(
    ("index", "queries", "relevance", "message"),
    [
        (eq("modality", "US"), TEST, "label", "no index image"),
        (TRAIN, eq("modality", "US"), "label", "no query image"),
        (TRAIN, TEST, "anatomy", "none of the 6 index images can be scored by anatomy"),
        (any_of("labels", ["a", "b"]), eq("labels", "c"), "label", "none of the 1 queries"),
        (TRAIN, TEST, "label-jaccard", "several classes"),
    ],
)
def test_nothing_to_score_is_an_error(
    index: Filter, queries: Filter, relevance: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        evaluate_saturation(LIBRARY, index=index, queries=queries, relevance=relevance)


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(InvalidSetting):
        evaluate_saturation(LIBRARY, draws=0)
    with pytest.raises(InvalidSetting):
        evaluate_saturation(LIBRARY, sizes=[0])
    with pytest.raises(UnknownName):
        evaluate_saturation(LIBRARY, exclude=["same-hospital"])


def test_a_vector_that_is_not_finite_is_refused() -> None:
    library = scattered(0, sizes={"train": 9, "test": 3})
    library.vectors[4, 2] = np.nan
    with pytest.raises(InvalidVector):
        evaluate_saturation(library)

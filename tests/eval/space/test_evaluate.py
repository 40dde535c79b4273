from __future__ import annotations

import json
import math
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from eval import saved_state
from eval.saved_state import KeptWork
from eval.space import as_json, evaluate_space, survey
from radalike.embeddings.parts import EmbeddingChunk
from radalike.errors import InvalidSetting, InvalidVector, UnknownName, UsageError
from radalike.filters import eq
from tests.eval.circle import TRAIN, Circle, image

ANGLES = {"a": 0, "b": 90, "c": 180, "d": 180, "e": 30}
KNOWN = {
    "a": image("train", "x"),
    "b": image("train", "x"),
    "c": image("train", "y", modality="MR"),
    "d": image("train", "y", modality="MR"),
    "e": image("test", "x", "y"),
}
SPACE = Circle(ANGLES, KNOWN)


def random_circle(n: int, chunk: int = 7) -> Circle:
    random = np.random.default_rng(0)
    names = [f"i{number:03}" for number in range(n)]
    return Circle(
        {name: float(random.uniform(0, 120)) for name in names},
        {name: image("train", "xyz"[number % 3]) for number, name in enumerate(names)},
        chunk=chunk,
    )


def test_the_numbers_by_hand() -> None:
    report = evaluate_space(SPACE, TRAIN)
    assert (report.n_images, report.n_sample, report.dimension) == (4, 4, 2)
    # x: a and b are 2 apart (squared), y: c and d are the same; two images each.
    assert report.groupings["label"].alignment == pytest.approx(1, abs=1e-6)
    assert report.groupings["label"].n_classes == 2
    # c and d are as one; for a and b: within 1 (cosine distance), to the others 2 and 1.
    assert report.groupings["label"].silhouette == pytest.approx((1 + 1 + 0.5 + 0) / 4, abs=1e-6)
    # The moments agree with numpy's.
    vectors = np.array([[1, 0], [0, 1], [-1, 0], [-1, 0]], dtype=float)
    variances = np.linalg.eigvalsh(np.cov(vectors.T, bias=True))[::-1]
    assert report.explained_variance == pytest.approx(variances / variances.sum(), abs=1e-6)
    assert not report.all_equal


def test_alignment_is_the_mean_over_pairs_of_an_image_and_another_of_its_class() -> None:
    circle = random_circle(40)
    report = evaluate_space(circle, by=["label"])
    angles = np.radians(list(circle.angles.values()))
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    classes = np.arange(40) % 3
    means = []
    for number in range(40):
        others = np.flatnonzero((classes == classes[number]) & (np.arange(40) != number))
        means.append(((vectors[others] - vectors[number]) ** 2).sum(axis=1).mean())
    assert report.groupings["label"].alignment == pytest.approx(np.mean(means), rel=1e-5)


def test_all_equal_embeddings_are_said_and_compared_with_nothing() -> None:
    report = evaluate_space(Circle(dict.fromkeys(ANGLES, 37), KNOWN))
    assert report.all_equal
    assert report.uniformity == pytest.approx(0, abs=1e-12)
    assert report.groupings["label"].alignment == 0
    assert report.explained_variance == ()
    written = as_json(report)
    assert written["effective_rank"] is None
    assert written["hubness"] == {"k": 10, "skewness": None, "never": None, "largest": 0}
    assert written["groupings"]["label"]["silhouette"] is None  # type: ignore[index]
    json.dumps(written, allow_nan=False)


def test_one_class_and_no_labels() -> None:
    known = {name: image("train", modality="CT") for name in ANGLES}
    report = evaluate_space(Circle(ANGLES, known))
    label, modality = report.groupings["label"], report.groupings["modality"]
    assert (label.n_classes, label.n_images) == (0, 0)
    assert math.isnan(label.alignment)
    assert modality.n_classes == 1
    assert modality.alignment > 0
    assert math.isnan(modality.silhouette)


def test_a_class_with_one_image_has_no_pair() -> None:
    known = {**KNOWN, "c": image("train", "z"), "d": image("train", "w")}
    report = evaluate_space(Circle(ANGLES, known), TRAIN)
    assert report.groupings["label"].n_classes == 3
    assert report.groupings["label"].alignment == pytest.approx(2, abs=1e-6)  # a and b alone


def test_an_image_without_an_embedding_is_counted() -> None:
    report = evaluate_space(Circle({"a": 0, "b": 90}, KNOWN))
    assert (report.n_images, report.without_vector) == (2, 3)


def test_nothing_selected_and_nothing_embedded() -> None:
    with pytest.raises(UsageError, match="no image"):
        evaluate_space(SPACE, eq("split", "val"))
    with pytest.raises(UsageError, match="has an embedding"):
        evaluate_space(Circle({}, KNOWN))


def test_names_and_settings_are_checked() -> None:
    with pytest.raises(UnknownName, match="modality"):
        evaluate_space(SPACE, by=["modalty"])
    with pytest.raises(UnknownName):
        evaluate_space(SPACE, by=["patient"])  # its values name people
    with pytest.raises(InvalidSetting):
        evaluate_space(SPACE, sample=0)
    with pytest.raises(InvalidSetting):
        evaluate_space(SPACE, k=0)


def test_nan_is_refused() -> None:
    class Broken(Circle):
        def embeddings(self, *args, **options):  # type: ignore[no-untyped-def]
            for chunk in super().embeddings(*args, **options):
                yield EmbeddingChunk(chunk.ids, chunk.vectors * np.float32("nan"))

    with pytest.raises(InvalidVector):
        evaluate_space(Broken(ANGLES, KNOWN))


@pytest.mark.parametrize("size", [1, 5, 13, 39, 40, 100])
def test_a_sample_is_seeded_and_does_not_depend_on_how_embeddings_come(size: int) -> None:
    one = survey(random_circle(40), sample=size, seed=3)
    other = survey(random_circle(40, chunk=40), sample=size, seed=3)
    assert len(one.rows) == min(size, 40)
    assert one.rows.tolist() == other.rows.tolist() == sorted(set(one.rows.tolist()))
    assert one.vectors == pytest.approx(other.vectors)
    wanted = np.radians([random_circle(40).angles[name] for name in one.images.names(one.rows)])
    assert one.vectors[:, 0] == pytest.approx(np.cos(wanted), abs=1e-6)


@pytest.mark.parametrize("size", [9, 100])
def test_an_interrupted_pass_goes_on(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_state, "EVERY_SECONDS", 0.0)
    whole = as_json(evaluate_space(random_circle(40), sample=size))
    done: list[int] = []

    def interrupt(rows: int, _total: int) -> None:
        done.append(rows)
        if rows == 21:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate_space(
            random_circle(40), sample=size, progress=interrupt, resume_in=KeptWork(tmp_path)
        )
    (state,) = tmp_path.iterdir()
    with np.load(state) as arrays:  # no embedding of an image
        assert {each.shape for each in arrays.values() if each.ndim == 2} == {
            (2, 2),
            (3, 2),
            (1, 2),
        }
    other = KeptWork(tmp_path)
    evaluate_space(random_circle(40), sample=size, seed=1, resume_in=other)
    assert other.resumed == 0
    with KeptWork(tmp_path) as kept:
        taken: list[int] = []
        module = import_module("eval.space.survey")  # the package names its function so
        monkeypatch.setattr(module, "check_unit", lambda vectors: taken.append(len(vectors)))
        again = evaluate_space(random_circle(40), sample=size, resume_in=kept)
    assert kept.resumed == 1
    assert sum(taken) == 40 - 21
    assert as_json(again) == whole


def test_another_seed_is_another_sample() -> None:
    samples = {tuple(survey(random_circle(40), sample=5, seed=s).rows.tolist()) for s in range(5)}
    assert len(samples) == 5


def test_a_sample_is_said_and_the_rest_is_of_all() -> None:
    circle = random_circle(40)
    some, every = evaluate_space(circle, sample=10), evaluate_space(circle)
    assert (some.n_sample, some.n_images) == (10, 40)
    assert some.effective_rank == every.effective_rank
    assert some.groupings["label"].alignment == every.groupings["label"].alignment
    assert some.uniformity != every.uniformity


def test_progress_reaches_its_end() -> None:
    seen: list[tuple[int, int]] = []
    evaluate_space(SPACE, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (5, 5)


def test_no_image_is_named_in_the_json() -> None:
    circle = random_circle(12)
    assert not [
        name for name in circle.known if name in json.dumps(as_json(evaluate_space(circle)))
    ]

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from eval import saved_state
from eval.saved_state import KeptWork
from eval.space import project, projection, survey
from eval.space.projection import _neighbourhoods
from radalike.errors import MissingExtra, UnknownName, UsageError
from tests.eval.circle import Circle, image

ARC = Circle(
    {f"i{degree:03}": degree for degree in range(0, 60, 3)},
    {f"i{degree:03}": image("train", "x") for degree in range(0, 60, 3)},
)


def test_an_arc_lies_along_the_first_component() -> None:
    found = project(ARC)
    assert found.ids == tuple(ARC.angles)
    first, second = found.coordinates.T
    assert (np.diff(first) > 0).all() or (np.diff(first) < 0).all()
    assert first.var() > 10 * second.var()
    # Two dimensions are kept whole: distances are those of the vectors.
    radians = np.radians([0, 57])
    chord = 2 * np.sin((radians[1] - radians[0]) / 2)
    assert np.linalg.norm(found.coordinates[-1] - found.coordinates[0]) == pytest.approx(
        chord, abs=1e-6
    )


def test_the_same_seed_gives_the_same_plane() -> None:
    one, other = (project(ARC, sample=8, seed=2) for _ in range(2))
    assert one.ids == other.ids
    assert len(one.ids) == 8
    assert (one.coordinates == other.coordinates).all()


@pytest.mark.slow
def test_umap_keeps_neighbours_and_its_seed() -> None:
    pytest.importorskip("umap", exc_type=ImportError)
    groups = Circle(
        {f"i{number:02}": (number % 2) * 90 + number / 10 for number in range(40)},
        {f"i{number:02}": image("train", "x") for number in range(40)},
    )
    one, other = (project(groups, method="umap", seed=1) for _ in range(2))
    assert (one.coordinates == other.coordinates).all()
    even, odd = one.coordinates[::2], one.coordinates[1::2]
    apart = np.linalg.norm(even.mean(axis=0) - odd.mean(axis=0))
    assert apart > np.linalg.norm(even - even.mean(axis=0), axis=1).mean()


def test_given_neighbourhoods_are_exact_and_begin_with_each_itself() -> None:
    random = np.random.default_rng(3)
    vectors = random.normal(size=(60, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[1] = vectors[0]  # the nearest of both is equal to it
    rows, distances = _neighbourhoods(vectors, 5)
    assert (rows[:, 0] == np.arange(60)).all()
    assert (rows[0, 1], rows[1, 1]) == (1, 0)
    every = 1 - vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    assert distances == pytest.approx(np.sort(every, axis=1)[:, :5], abs=1e-6)
    assert distances.dtype == np.float32


def test_finished_coordinates_are_kept_until_the_command_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_state, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(projection, "check_method", lambda _method: None)
    planes = iter([np.arange(40.0).reshape(20, 2)])
    monkeypatch.setattr(projection, "_by_umap", lambda _found: next(planes))
    found = survey(ARC)
    first = projection.coordinates_of(found, "umap", KeptWork(tmp_path))
    with KeptWork(tmp_path) as kept:
        again = projection.coordinates_of(found, "umap", kept)
    assert kept.resumed == 1
    assert (again == first).all()
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(UsageError, match="all the same"):
        project(Circle(dict.fromkeys(ARC.angles, 5), ARC.known))
    with pytest.raises(UnknownName, match="umap"):
        project(ARC, method="umpa")
    pytest.importorskip("umap", exc_type=ImportError)
    with pytest.raises(UsageError, match="UMAP cannot place 3"):
        project(ARC, method="umap", sample=3)


def test_a_missing_umap_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    read = len(ARC.asked)
    with pytest.raises(MissingExtra) as raised:
        project(ARC, method="umap")
    assert "radalike[umap]" in raised.value.hint
    assert len(ARC.asked) == read  # before anything is read


def test_vectors_of_one_number_have_one_component() -> None:
    class Line(Circle):
        def embeddings(self, *args, **options):  # type: ignore[no-untyped-def]
            from radalike.embeddings.parts import EmbeddingChunk

            for chunk in super().embeddings(*args, **options):
                signs = np.where(np.arange(len(chunk.ids)) % 2, -1, 1).astype(np.float32)
                yield EmbeddingChunk(chunk.ids, signs[:, None])

    assert set(project(Line(ARC.angles, ARC.known)).coordinates[:, 1]) == {0.0}

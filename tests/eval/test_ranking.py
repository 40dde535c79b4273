from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import eval.embedded_rows
import eval.ranking
import eval.saved_state
from eval.embedded_rows import collect
from eval.images import read_images
from eval.ranking import Ranking, rank
from eval.saved_state import KeptWork
from radalike.embeddings.parts import EmbeddingChunk
from radalike.errors import UsageError
from radalike.filters import Filter, eq
from tests.eval.circle import LIBRARY, TEST, TRAIN, Circle, image


def ranked(library: Circle, k: int = 3, **options: object) -> tuple[list[str], Ranking]:
    images = read_images(
        library, {"index": TRAIN, "queries": TEST}, ["patient", "study", "content"]
    )
    found = rank(
        library,
        images,
        index=images.roles["index"],
        queries=images.roles["queries"],
        k=k,
        **options,  # type: ignore[arg-type]
    )
    return images.names(np.arange(len(images))), found


def test_neighbours_by_hand() -> None:
    names, found = ranked(LIBRARY)
    neighbours = {
        names[query]: [names[row] for row in rows]
        for query, rows in zip(found.queries, found.neighbours, strict=True)
    }
    assert neighbours == {
        "q2": ["a1", "both", "a2"],
        "qa": ["both", "a1", "a2"],
        "qb": ["a2", "b1", "both"],
        "qc": ["both", "a1", "a2"],
    }
    assert [names[row] for row in found.index] == ["a1", "a2", "b1", "b2", "both"]
    assert found.scores[2, 0] == pytest.approx(np.cos(np.radians(19)), abs=1e-6)
    assert found.overlap == 0
    assert found.encoder == "circle"


def test_fewer_images_than_places() -> None:
    _, found = ranked(LIBRARY, k=7)
    assert (found.neighbours[:, 5:] == -1).all()
    assert np.isneginf(found.scores[:, 5:]).all()


def test_what_is_excluded_takes_no_place() -> None:
    known = {
        **LIBRARY.known,
        "a1": image("train", "a", patient="p"),
        "qa": image("test", "a", patient="p"),
    }
    names, found = ranked(Circle(LIBRARY.angles, known), exclude=["same-patient"])
    row = found.queries.tolist().index(names.index("qa"))
    assert [names[place] for place in found.neighbours[row]] == ["both", "a2", "b1"]


def test_the_size_of_chunks_changes_nothing() -> None:
    one, other = (ranked(Circle(LIBRARY.angles, LIBRARY.known, chunk=n))[1] for n in (1, 100))
    assert np.array_equal(one.neighbours, other.neighbours)
    assert np.array_equal(one.scores, other.scores)


def test_what_the_reading_of_the_queries_has_met_is_not_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    once, twice = (Circle(LIBRARY.angles, LIBRARY.known) for _ in range(2))
    kept = ranked(once)[1]
    monkeypatch.setattr(eval.embedded_rows, "KEPT_BYTES", 20)
    again = ranked(twice)[1]
    assert (len(once.asked), len(twice.asked)) == (1, 2)
    assert np.array_equal(kept.neighbours, again.neighbours)


def test_progress_counts_the_rows_of_the_index() -> None:
    told: list[tuple[int, int]] = []
    ranked(LIBRARY, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (5, 6)  # one of the six has no embedding
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize(("role", "word"), [("index", "index"), ("queries", "query")])
def test_nothing_with_an_embedding(role: str, word: str) -> None:
    images = read_images(LIBRARY, {"index": TRAIN, "queries": TEST}, [])
    masks = {**images.roles, role: np.zeros(len(images), dtype=bool)}
    with pytest.raises(UsageError, match=f"no {word} image with an embedding"):
        rank(LIBRARY, images, index=masks["index"], queries=masks["queries"], k=1)


def test_collected_vectors_are_in_order_of_id() -> None:
    turned = Circle(LIBRARY.angles, dict(reversed(LIBRARY.known.items())))
    images = read_images(turned, {"all": None}, [])
    rows, vectors = collect(turned, images, images.roles["all"])
    assert images.names(rows) == sorted(LIBRARY.angles)
    angles = np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0]))
    assert angles == pytest.approx([LIBRARY.angles[name] for name in images.names(rows)], abs=1e-4)


class Interrupted(Exception):
    pass


@dataclass(frozen=True)
class Failing(Circle):
    """Its second reading ends after some chunks: the first is that of the queries."""

    after: int = 0

    def embeddings(
        self, condition: Filter | None = None, /, *, encoder: str | None = None
    ) -> Iterator[EmbeddingChunk]:
        index = bool(self.asked)
        for number, chunk in enumerate(super().embeddings(condition, encoder=encoder)):
            if index and number == self.after:
                raise Interrupted
            yield chunk


@pytest.fixture
def _saved_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eval.saved_state, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(eval.embedded_rows, "KEPT_BYTES", 0)  # so that the index is read once more


@pytest.mark.usefixtures("_saved_at_once")
@pytest.mark.parametrize("after", [1, 2, 3])
def test_an_interrupted_search_goes_on(tmp_path: Path, after: int) -> None:
    _, whole = ranked(LIBRARY)
    failing = Failing(LIBRARY.angles, LIBRARY.known, after=after)
    with pytest.raises(Interrupted):
        ranked(failing, resume_in=KeptWork(tmp_path))
    assert len(list(tmp_path.iterdir())) == 1

    taken: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        search = eval.ranking.ExactSearch.take_in

        def counted(self: object, rows: np.ndarray, vectors: np.ndarray) -> None:
            taken.append(len(rows))
            search(self, rows, vectors)  # type: ignore[arg-type]

        patch.setattr(eval.ranking.ExactSearch, "take_in", counted)
        with KeptWork(tmp_path) as kept:
            _, resumed = ranked(LIBRARY, resume_in=kept)
    assert kept.resumed == 1
    assert sum(taken) == 5 - min(5, 2 * after)
    assert np.array_equal(resumed.neighbours, whole.neighbours)
    assert np.array_equal(resumed.scores, whole.scores)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("_saved_at_once")
def test_parts_that_are_cut_in_another_way_since_are_no_matter(tmp_path: Path) -> None:
    failing = Failing(LIBRARY.angles, LIBRARY.known, after=2)
    with pytest.raises(Interrupted):
        ranked(failing, resume_in=KeptWork(tmp_path))
    turned = Circle(LIBRARY.angles, dict(reversed(LIBRARY.known.items())), chunk=3)
    resumed, whole = ranked(turned, resume_in=KeptWork(tmp_path))[1], ranked(LIBRARY)[1]
    assert np.array_equal(resumed.neighbours, whole.neighbours)
    assert np.array_equal(resumed.scores, whole.scores)
    assert np.array_equal(resumed.index, whole.index)


@pytest.mark.usefixtures("_saved_at_once")
def test_another_search_s_state_is_not_taken(tmp_path: Path) -> None:
    failing = Failing(LIBRARY.angles, LIBRARY.known, after=2)
    with pytest.raises(Interrupted):
        ranked(failing, resume_in=KeptWork(tmp_path))
    kept = KeptWork(tmp_path)
    _, other = ranked(LIBRARY, k=2, resume_in=kept)
    assert kept.resumed == 0
    assert np.array_equal(other.neighbours, ranked(LIBRARY, k=2)[1].neighbours)


@pytest.mark.usefixtures("_saved_at_once")
def test_a_damaged_state_counts_as_none(tmp_path: Path) -> None:
    failing = Failing(LIBRARY.angles, LIBRARY.known, after=2)
    with pytest.raises(Interrupted):
        ranked(failing, resume_in=KeptWork(tmp_path))
    (state,) = tmp_path.iterdir()
    state.write_bytes(state.read_bytes()[:100])
    again = ranked(LIBRARY, resume_in=KeptWork(tmp_path))[1]
    assert np.array_equal(again.scores, ranked(LIBRARY)[1].scores)


@pytest.mark.usefixtures("_saved_at_once")
def test_a_finished_search_is_kept_while_the_command_has_more_to_do(tmp_path: Path) -> None:
    """A command of several searches goes on with the second."""

    def interrupted() -> None:
        with KeptWork(tmp_path) as kept:
            ranked(LIBRARY, resume_in=kept)
            ranked(LIBRARY, resume_in=kept)
            assert kept.resumed == 0  # its own
            raise Interrupted

    with pytest.raises(Interrupted):
        interrupted()
    with pytest.MonkeyPatch.context() as patch, KeptWork(tmp_path) as kept:
        patch.setattr(
            eval.ranking.ExactSearch, "take_in", lambda _self, rows, _v: taken.append(rows)
        )
        taken: list[np.ndarray] = []
        _, again = ranked(LIBRARY, resume_in=kept)
    assert kept.resumed == 1
    assert sum(map(len, taken)) == 0
    assert np.array_equal(again.scores, ranked(LIBRARY)[1].scores)
    assert not list(tmp_path.iterdir())


def test_a_selection_of_nothing_is_an_error() -> None:
    with pytest.raises(UsageError):
        read_images(LIBRARY, {"index": eq("split", "val")}, [])

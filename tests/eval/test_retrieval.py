from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest

from eval.retrieval import as_json, evaluate_retrieval
from radalike.errors import InvalidSetting, UnknownName, UsageError
from radalike.filters import Filter, eq, matches
from radalike.records import Metadata, Term, payload_of


@dataclass(frozen=True)
class Chunk:
    ids: tuple[str, ...]
    vectors: np.ndarray


@dataclass(frozen=True)
class FakeLibrary:
    """Images on a circle: `angles` in degrees, streamed two at a time."""

    angles: Mapping[str, float]
    known: Mapping[str, Metadata]
    encoder_id: str = "circle"
    asked: list[str | None] = field(default_factory=list)

    def embeddings(
        self, condition: Filter | None = None, /, *, encoder: str | None = None
    ) -> Iterator[Chunk]:
        self.asked.append(encoder)
        ids = [image for image in self.metadata(condition) if image in self.angles]
        for start in range(0, len(ids), 2):
            some = tuple(ids[start : start + 2])
            radians = np.radians([self.angles[image] for image in some])
            yield Chunk(some, np.stack([np.cos(radians), np.sin(radians)], 1).astype(np.float32))

    def metadata(self, condition: Filter | None = None, /) -> dict[str, Metadata]:
        return {
            image: known
            for image, known in self.known.items()
            if condition is None or matches(condition, image, payload_of(known))
        }


def image(split: str, *labels: str, modality: str = "CT") -> Metadata:
    return Metadata(dataset="d", split=split, labels=labels, modality=Term(modality))


LIBRARY = FakeLibrary(
    angles={"a1": 0, "a2": 20, "b1": 60, "b2": 80, "both": 1, "qa": 2, "qb": 39, "qc": 5, "q2": 0},
    known={
        "a1": image("train", "a"),
        "a2": image("train", "a"),
        "b1": image("train", "b", modality="MR"),
        "b2": image("train", "b", modality="MR"),
        "both": image("train", "a", "b"),
        "unseen": image("train", "a"),  # known, but it has no embedding
        "qa": image("test", "a"),
        "qb": image("test", "b", modality="MR"),
        "qc": image("test", "c"),
        "q2": image("test", "a", "b"),
    },
)
TRAIN, TEST = eq("split", "train"), eq("split", "test")


def test_a_report_by_hand() -> None:
    report = evaluate_retrieval(LIBRARY, TRAIN, TEST, at=(3, 1, 2))
    assert (report.n_queries, report.n_index) == (2, 4)
    assert report.unanswerable == 1  # qc
    assert (report.left_out_queries, report.left_out_index) == (1, 1)  # q2, both
    assert (report.relevance, report.encoder) == ("label", "circle")
    # qa finds a1, a2, then b's. qb (39 degrees) finds a2 (19 away), then b1 (21), b2 (41), a1.
    # Both classes have two images, so P@3 looks at two.
    assert list(report.micro) == ["P@1", "P@2", "P@3"]
    assert report.micro == pytest.approx({"P@1": 0.5, "P@2": 0.75, "P@3": 0.75})
    assert report.macro == pytest.approx(report.micro)
    assert report.micro_std["P@1"] == pytest.approx(np.std([1, 0], ddof=1))
    assert np.isnan(report.macro_std["P@1"])  # one query a class


def test_relevance_by_modality_keeps_images_with_several_labels() -> None:
    report = evaluate_retrieval(LIBRARY, TRAIN, TEST, "modality", at=[1])
    assert (report.n_queries, report.n_index) == (4, 5)
    assert report.micro == {"P@1": 0.75}
    assert (report.unanswerable, report.left_out_queries, report.left_out_index) == (0, 0, 0)


def test_a_query_neither_finds_nor_counts_itself() -> None:
    report = evaluate_retrieval(LIBRARY, TRAIN, TRAIN, at=[1, 10])
    # Each class has one other image; a1-a2 and b1-b2 are each other's nearest.
    assert report.micro == {"P@1": 1.0, "P@10": 1.0}
    alone = evaluate_retrieval(LIBRARY, TEST, None, at=[1])
    assert alone.n_index == 3
    assert alone.micro == {"P@1": 0.75}  # a2 is nearest to qc
    assert alone.unanswerable == 3  # qa, qb, qc: each the only one of its class


def test_the_encoder_is_passed_on_and_named() -> None:
    library = FakeLibrary(LIBRARY.angles, LIBRARY.known)
    assert evaluate_retrieval(library, TRAIN, TEST, encoder="other").encoder == "other"
    assert library.asked == ["other", "other"]


def test_the_report_as_json() -> None:
    written = json.loads(
        json.dumps(as_json(evaluate_retrieval(LIBRARY, TRAIN, TEST, at=[1])), allow_nan=False)
    )
    assert written == {
        "n_queries": 2,
        "n_index": 4,
        "relevance": "label",
        "encoder": "circle",
        "micro": {"P@1": 0.5},
        "macro": {"P@1": 0.5},
        "micro_std": {"P@1": pytest.approx(2**-0.5)},
        "macro_std": {"P@1": None},
        "unanswerable": 1,
        "left_out": {"queries": 1, "index": 1},
    }


def test_the_study_s_four_metrics_are_the_default() -> None:
    assert list(evaluate_retrieval(LIBRARY, TRAIN, TEST).micro) == ["P@1", "P@3", "P@5", "P@10"]


NOBODY = eq("split", "val")


@pytest.mark.parametrize(
    ("index", "queries", "relevance", "message", "way_out"),
    [
        (TRAIN, NOBODY, "label", "no query image", "--queries"),
        (NOBODY, TEST, "label", "no index image", "--index"),
        (
            TRAIN,
            TEST,
            "anatomy",
            "none of the 4 query images can be scored by anatomy",
            "relevance",
        ),
        (eq("modality", "MR"), eq("modality", "CT"), "modality", "none of the 6 queries", "share"),
    ],
)
def test_nothing_to_score_is_an_error_with_a_way_out(
    index: Filter, queries: Filter, relevance: str, message: str, way_out: str
) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        evaluate_retrieval(LIBRARY, index, queries, relevance)
    assert way_out in caught.value.hint


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(UnknownName, match="relevance 'labels'"):
        evaluate_retrieval(LIBRARY, TRAIN, TEST, "labels")
    with pytest.raises(InvalidSetting):
        evaluate_retrieval(LIBRARY, TRAIN, TEST, at=[0])
    with pytest.raises(UsageError):
        evaluate_retrieval(LIBRARY, TRAIN, TEST, at=[])

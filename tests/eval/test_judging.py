from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.images import Images, read_images
from eval.judging import Judgement, judge
from eval.metrics import NDCG
from eval.ranking import Ranking, rank
from eval.relevance import relevance_of
from tests.eval.circle import LIBRARY, TEST, TRAIN, Circle, image


def judged(
    library: Circle, relevance: str, k: int = 4, **roles: object
) -> tuple[Images, Ranking, Judgement]:
    chosen = relevance_of(relevance)
    given_ = {"index": TRAIN, "queries": TEST, **roles}
    images = read_images(library, given_, {chosen.column, "patient", "content"})  # type: ignore[arg-type]
    found = rank(
        library,
        images,
        index=images.roles["index"],
        queries=images.roles["queries"],
        k=k,
        exclude=["same-patient", "duplicates"],
    )
    return images, found, judge(images, found, chosen)


def test_classes_by_hand() -> None:
    images, found, judgement = judged(LIBRARY, "label")
    names = images.names(found.queries[judgement.queries])
    assert names == ["qa", "qb"]
    assert judgement.judged.relevant.tolist() == [2, 2]
    # qa: both, a1, a2, b1; qb: a2, b1, both, a1
    assert judgement.judged.gains.tolist() == [
        [False, True, True, False],
        [False, True, False, False],
    ]
    assert images.names(found.queries[judgement.unanswerable]) == ["qc"]
    assert len(judgement.queries) + len(judgement.unanswerable) == 3  # q2 has two labels


def test_label_sets_by_hand() -> None:
    images, found, judgement = judged(LIBRARY, "label-jaccard")
    assert images.names(found.queries[judgement.queries]) == ["q2", "qa", "qb"]
    assert judgement.judged.relevant.tolist() == [5, 3, 3]
    # q2 (a, b): a1, both, a2, b1
    assert judgement.judged.gains[0].tolist() == [0.5, 1, 0.5, 0.5]
    assert judgement.judged.ideal is not None
    assert judgement.judged.ideal[0].tolist() == [1, 0.5, 0.5, 0.5]
    assert judgement.judged.ideal[1].tolist() == [1, 1, 0.5, 0]
    any_label = judged(LIBRARY, "any-label")[2].judged
    assert any_label.gains[0].tolist() == [True] * 4
    assert any_label.ideal is None


def test_what_a_query_must_not_find_is_not_to_be_had() -> None:
    known = {
        **LIBRARY.known,
        "a1": image("train", "a", patient="p"),
        "qa": image("test", "a", patient="p"),
    }
    _, _, judgement = judged(Circle(LIBRARY.angles, known), "label")
    assert judgement.judged.relevant.tolist() == [1, 2]
    _, _, itself = judged(LIBRARY, "label", queries=TRAIN)
    assert itself.judged.relevant.tolist() == [1, 1, 1, 1]


labels = st.frozensets(st.sampled_from("abc"), max_size=3)


@given(
    st.lists(
        st.tuples(labels, st.integers(0, 2), st.booleans(), st.integers(0, 359)),
        min_size=2,
        max_size=9,
    )
)
def test_relevant_and_ideal_are_what_counting_gives(
    drawn: list[tuple[frozenset[str], int, bool, int]],
) -> None:
    known = {
        f"{row}": image("train", *sorted(each), patient=f"p{patient}" if patient else None)
        for row, (each, patient, _, _) in enumerate(drawn)
    }
    contents = {f"{row}": "same" for row, (_, _, same, _) in enumerate(drawn) if same}
    angles = {f"{row}": angle for row, (_, _, _, angle) in enumerate(drawn)}
    library = Circle(angles, known, contents=contents)
    depth = len(drawn)
    for name in ("any-label", "label-jaccard"):
        images, found, judgement = judged(library, name, depth, index=None, queries=None)
        scored = images.names(found.queries[judgement.queries])
        for place, query in enumerate(scored):
            mine, patient, same, _ = drawn[int(query)]
            gains = [
                len(mine & other) / len(mine | other)
                for row, (other, whose, alike, _) in enumerate(drawn)
                if row != int(query)
                and not (patient and whose == patient)
                and not (same and alike)
                and mine & other
            ]
            assert judgement.judged.relevant[place] == len(gains)
            if judgement.judged.ideal is not None:
                best = sorted(gains, reverse=True)
                best += [0.0] * (depth - len(best))
                assert judgement.judged.ideal[place].tolist() == pytest.approx(best)
        if len(scored):
            assert (NDCG(depth).of(judgement.judged) <= 1 + 1e-6).all()

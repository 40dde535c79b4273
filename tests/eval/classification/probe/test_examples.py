from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.classed_images import ClassedImages, read_classed_images
from eval.classification.probe.examples import SHARE, Examples, part_held_out, read_examples
from eval.images import Column, Images
from radalike.errors import UsageError
from radalike.filters import Filter, eq
from tests.eval.circle import TEST, TRAIN, VAL, Circle
from tests.eval.given_vectors import GivenVectors, scattered


def read(
    library: GivenVectors | Circle,
    *,
    index: Filter | None = TRAIN,
    queries: Filter | None = TEST,
    validation: Filter | None = VAL,
    needed: bool = False,
    exclude: Sequence[str] = (),
    seed: int = 0,
) -> tuple[ClassedImages, Examples]:
    roles = {"index": index, "queries": queries, "validation": validation}
    classed = read_classed_images(library, roles, "label", ["content", "patient"])
    examples = read_examples(
        library, classed, encoder=None, exclude=exclude, validation_needed=needed, seed=seed
    )
    return classed, examples


SPLITS = {"train": 60, "val": 12, "test": 20}


def test_the_parts_are_those_of_the_splits() -> None:
    library = scattered(0, sizes=SPLITS)
    classed, examples = read(library)
    names = classed.images.names(examples.rows)
    for part, split in (
        (examples.training, "train"),
        (examples.validation, "val"),
        (examples.tested, "test"),
    ):
        assert {library.known[names[place]].split for place in part} == {split}
        assert len(part) == SPLITS[split]
    place = list(library.known).index(names[5])
    assert examples.vectors[5].tolist() == library.vectors[place].tolist()
    labels = [classed.names[examples.told[code]] for code in examples.classes]
    assert labels == [library.known[name].labels[0] for name in names]
    assert not examples.held_out
    assert examples.taken_out == 0


def test_what_is_tested_is_never_learnt_from() -> None:
    library = scattered(1, sizes=SPLITS)
    _, examples = read(library, index=None)
    assert examples.taken_out == 32
    assert len(examples.training) == 60
    with pytest.raises(UsageError, match="not tested as well"):
        read(library, index=None, queries=None, validation=eq("modality", "US"))


def test_patients_of_queries_can_be_left_out() -> None:
    library = scattered(2, sizes=SPLITS, patients=4)
    shared = {
        name: replace(each, patient="p" + (each.patient or "")[-1])
        for name, each in library.known.items()
    }
    shared["i0003"] = replace(shared["i0003"], patient=None, split="train")
    every = replace(library, known={n: replace(e, patient=None) for n, e in shared.items()})
    assert read(every, exclude=["same-patient"])[1].taken_out == 0  # nobody is known
    only = {
        name: replace(each, patient="other" if each.split == "train" else each.patient)
        for name, each in shared.items()
    }
    first = next(name for name, each in only.items() if each.split == "train")
    only[first] = replace(only[first], patient="p1")
    _, examples = read(replace(library, known=only), exclude=["same-patient"])
    assert examples.taken_out == 1


def test_without_validation_images_a_part_of_the_index_is_held_out() -> None:
    library = scattered(3, sizes={"train": 200, "test": 10}, patients=40)
    classed, examples = read(library)
    assert examples.held_out
    assert len(examples.training) + len(examples.validation) == 200
    assert 10 <= len(examples.validation) <= 30
    patients = classed.patients[examples.rows]
    assert not set(patients[examples.training]) & set(patients[examples.validation])
    again = read(library)[1]
    assert again.validation.tolist() == examples.validation.tolist()
    assert read(library, seed=1)[1].validation.tolist() != examples.validation.tolist()
    with pytest.raises(UsageError, match="no validation image"):
        read(library, needed=True)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(-1, 6), st.integers(0, 50)),
        min_size=1,
        max_size=60,
    ),
    st.integers(0, 5),
)
@settings(max_examples=200)
def test_held_out_are_whole_patients_and_never_a_whole_class(
    images: list[tuple[int, int, int]], seed: int
) -> None:
    classes, patients, contents = (np.array(column) for column in zip(*images, strict=True))
    nobody = Column(patients, tuple(map(str, range(7))))
    contents_column = Column(contents, tuple(map(str, range(51))))
    n = len(images)
    classed = ClassedImages(
        images=Images(
            np.arange(n).astype("S36"), {"patient": nobody, "content": contents_column}, {}
        ),
        relevance="label",
        classes=classes,
        names=("a", "b", "c", "d"),
        roles={},
        left_out={},
    )
    held = part_held_out(classed, np.ones(n, dtype=bool), seed)
    known = patients >= 0
    assert not set(patients[known & held]) & set(patients[known & ~held])
    assert not set(contents[~known & held]) & set(contents[~known & ~held])
    assert set(classes[~held]) == set(classes)
    groups = [patients[i] if known[i] else 100 + contents[i] for i in range(n)]
    largest = max(groups.count(group) for group in groups)
    assert held.sum() < SHARE * n + largest


def test_a_class_of_one_patient_cannot_be_held_out() -> None:
    library = scattered(4, sizes={"train": 20, "test": 5}, patients=1)
    with pytest.raises(UsageError, match="no validation image") as caught:
        read(library)
    assert "--validation" in caught.value.hint


def test_validation_images_are_no_queries() -> None:
    library = scattered(5, sizes=SPLITS)
    with pytest.raises(UsageError, match="20 images are for validation and queries too"):
        read(library, validation=TEST)

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from eval.datasets.patient_split import validation_patients

PATIENTS = st.lists(st.integers(0, 10_000).map(str), min_size=2, max_size=300)


@given(PATIENTS)
def test_the_draw_is_that_of_the_study(patients: list[str]) -> None:
    unique = list(dict.fromkeys(patients))
    if len(unique) < 2:
        return
    train, val = train_test_split(unique, train_size=0.9, random_state=42)
    assert validation_patients(patients) == set(val)
    assert len(train) + len(val) == len(unique)


def test_a_tenth_is_drawn_and_the_same_tenth_again() -> None:
    patients = [str(number) for number in range(100)]
    drawn = validation_patients(patients)
    assert len(drawn) == 10
    # pinned: the stream of NumPy's RandomState is frozen
    assert sorted(drawn, key=int) == "0 10 22 39 44 45 53 70 80 83".split()
    assert validation_patients(iter(patients)) == drawn


def test_a_single_patient_stays_in_train() -> None:
    assert validation_patients(["1", "1"]) == frozenset()
    assert validation_patients([]) == frozenset()

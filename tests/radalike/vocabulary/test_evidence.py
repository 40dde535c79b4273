"""What evidence says, by falling trust; and evidence as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.records import Term
from radalike.vocabulary import Evidence, Terms, terms_of

PAIRS = st.lists(st.tuples(st.text(), st.text()), max_size=3).map(tuple)


def anatomy(evidence: Evidence) -> tuple[Term, str | None]:
    terms = terms_of(evidence)
    return terms.anatomy, terms.organ


def test_precedence() -> None:
    everything = {
        "codes": (("12738006", ""),),
        "frame_codes": (("69748006", ""),),
        "body_part": "CHEST",
        "protocol": "knee",
        "series": "hip",
        "study": "elbow",
    }
    expected = [
        Term("brain", "AnatomicRegionSequence", 1.0),
        Term("thyroid", "FrameAnatomySequence", 1.0),
        Term("chest", "BodyPartExamined", 0.85),
        Term("knee", "ProtocolName", 0.6),
        Term("hip", "SeriesDescription", 0.6),
        Term("elbow", "StudyDescription", 0.6),
        Term(),
    ]
    for term in expected:
        assert anatomy(Evidence(**everything)) == (term, None)  # type: ignore[arg-type]
        if everything:
            del everything[next(iter(everything))]


@pytest.mark.parametrize(
    ("codes", "term", "organ"),
    [
        ((("10200004", ""),), Term("abdomen_pelvis", "AnatomicRegionSequence", 1.0), "liver"),
        ((("1", "Liver"),), Term("abdomen_pelvis", "AnatomicRegionSequence", 0.95), "liver"),
        (
            (("816094009", ""), ("818981001", "")),
            Term("multi", "AnatomicRegionSequence", 1.0),
            None,
        ),
        ((("69536005", ""), ("12738006", "")), Term("brain", "AnatomicRegionSequence", 1.0), None),
        ((("1", "?"),), Term("hip", "BodyPartExamined", 0.85), None),
    ],
)
def test_codes(codes: tuple[tuple[str, str], ...], term: Term, organ: str | None) -> None:
    assert anatomy(Evidence(codes=codes, body_part="HIP")) == (term, organ)


def test_a_mammogram_is_of_a_breast_when_nothing_says_so() -> None:
    assert anatomy(Evidence(modality="MG")) == (Term("breast", "Modality", 0.9), None)
    assert anatomy(Evidence(modality="PX")) == (Term("head", "Modality", 0.9), "jaw")
    assert anatomy(Evidence(modality="CT")) == (Term(), None)


def test_modality_falls_back_on_the_class() -> None:
    ultrasound = "1.2.840.10008.5.1.4.1.1.6.1"
    assert terms_of(Evidence("OT", ultrasound)).modality == Term("US", "SOPClassUID", 0.9)
    assert terms_of(Evidence("MR", ultrasound)).modality == Term("MR", "Modality", 1.0)


def test_the_attribute_of_the_side_before_the_texts() -> None:
    assert terms_of(Evidence(series="Knie rechts", side="L")).laterality == "L"
    assert terms_of(Evidence(series="Knie rechts")).laterality == "R"
    assert terms_of(Evidence(body_part="KNEE", series="LINKS")).laterality == "L"
    assert terms_of(Evidence(body_part="CHEST", series="LEFT")).laterality is None


def test_nothing() -> None:
    assert terms_of(Evidence()) == Terms(Term(), Term(), None, None)


@given(
    st.builds(
        Evidence,
        *[st.text()] * 2,
        *[PAIRS] * 2,
        *[st.text()] * 4,
        side=st.sampled_from(["", "L", "R", "B"]),
    )
)
def test_evidence_comes_back_from_its_text(evidence: Evidence) -> None:
    text = evidence.as_json()
    assert Evidence.from_json(text) == evidence
    assert text.encode("ascii")
    terms_of(evidence)


@pytest.mark.parametrize("text", ["", "no json", "[]", "3", '{"strange": 1}', '{"codes": 3}'])
def test_what_is_no_evidence(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Evidence.from_json(text)

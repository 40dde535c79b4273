"""What modality, anatomy and side are read from, and what it says by today's vocabulary.

The evidence is kept with each image, encrypted, since its texts are a file's own; so a better
vocabulary can be applied to images that are in a library already (`radalike remap`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from radalike.records import Term
from radalike.vocabulary.matching import anatomy_term, laterality_in_text, place_in_text
from radalike.vocabulary.modalities import modality_of_class, modality_term
from radalike.vocabulary.regions import Place, combined, place_of_code

_CONFIDENCE_OF_TEXT = 0.6
_CONFIDENCE_OF_BODY_PART = 0.85
"""It was wrong in 15.5% of the images of one study."""
_REGION_OF_MODALITY = {"MG": Place("breast"), "PX": Place("head", "jaw")}
"""What images of these can only be of (PS3.3 C.8.11.7, C.8.11.8)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file's own words. Free texts among them: never stored but encrypted.

    codes: of AnatomicRegionSequence, (value, meaning) each; frame_codes: of the functional groups'
    FrameAnatomySequence. side: L, R, B, or empty where no attribute says it.
    """

    modality: str = ""
    sop_class: str = ""
    codes: tuple[tuple[str, str], ...] = ()
    frame_codes: tuple[tuple[str, str], ...] = ()
    body_part: str = ""
    protocol: str = ""
    series: str = ""
    study: str = ""
    side: str = ""

    def as_json(self) -> str:
        given = {name: value for name, value in asdict(self).items() if value}
        return json.dumps(given, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Evidence:
        """Raises ValueError for what is no evidence."""
        try:
            fields = json.loads(text)
            for name in ("codes", "frame_codes"):
                fields[name] = tuple((str(code), str(mean)) for code, mean in fields.get(name, ()))
            return cls(**fields)
        except (TypeError, AttributeError) as exc:
            raise ValueError("this is no evidence of an image") from exc


@dataclass(frozen=True, slots=True)
class Terms:
    """What `evidence` says: the fields of Metadata of the same names."""

    modality: Term
    anatomy: Term
    organ: str | None
    laterality: str | None


def terms_of(evidence: Evidence) -> Terms:
    """What `evidence` says by today's vocabulary.

    Anatomy, by falling trust: AnatomicRegionSequence, FrameAnatomySequence, BodyPartExamined, the
    descriptions, and what a modality can only be of.
    """
    modality = modality_term(evidence.modality, "Modality")
    if modality == Term():
        modality = modality_of_class(evidence.sop_class)
    anatomy, organ = _anatomy(evidence, modality.value)
    side = evidence.side or _side(evidence, Place(anatomy.value, organ))
    return Terms(modality, anatomy, organ, side or None)


def _anatomy(evidence: Evidence, modality: str) -> tuple[Term, str | None]:
    for source, codes in (
        ("AnatomicRegionSequence", evidence.codes),
        ("FrameAnatomySequence", evidence.frame_codes),
    ):
        term, organ = _coded(codes, source)
        if term != Term():
            return term, organ
    described = [
        (evidence.body_part, "BodyPartExamined", _CONFIDENCE_OF_BODY_PART),
        (evidence.protocol, "ProtocolName", _CONFIDENCE_OF_TEXT),
        (evidence.series, "SeriesDescription", _CONFIDENCE_OF_TEXT),
        (evidence.study, "StudyDescription", _CONFIDENCE_OF_TEXT),
    ]
    term, organ = anatomy_term(described)
    only = _REGION_OF_MODALITY.get(modality)
    if term == Term() and only is not None:
        return Term(only.region, "Modality", 0.9), only.organ
    return term, organ


def _coded(codes: tuple[tuple[str, str], ...], source: str) -> tuple[Term, str | None]:
    """By the codes, or by what they are said to mean where they are none of ours."""
    for read, confidence in (
        ([place_of_code(code) for code, _ in codes], 1.0),
        ([place_in_text(meaning) for _, meaning in codes], 0.95),
    ):
        place = combined([each for each in read if each is not None])
        if place is not None:
            return Term(place.region, source, confidence), place.organ
    return Term(), None


def _side(evidence: Evidence, anatomy: Place) -> str | None:
    for text in (evidence.body_part, evidence.protocol, evidence.series, evidence.study):
        side = laterality_in_text(text, anatomy)
        if side:
            return side
    return None

"""The words that images are filtered by: modality groups and anatomical regions.

Metadata, manifests and filters all go through here, so `--anatomy thorax` finds what a file
called CHEST. Modality groups follow DICOM PS3.3 C.7.3.1.1.1; regions carry SNOMED CT codes
(DICOM PS3.16, CID 4031 and the legacy SRT codes).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from radalike.errors import UnknownName
from radalike.records import UNKNOWN, Term

MODALITY_GROUPS: Mapping[str, tuple[str, ...]] = {
    "CT": ("CT", "COMPUTED TOMOGRAPHY", "CAT"),
    "MR": ("MR", "MRI", "MAGNETIC RESONANCE"),
    "US": ("US", "ULTRASOUND", "SONOGRAPHY", "IVUS"),
    "XR": ("XR", "CR", "DX", "RG", "X-RAY", "XRAY", "RADIOGRAPH", "RADIOGRAPHY"),
    "MG": ("MG", "MAMMOGRAPHY"),
    "XA": ("XA", "ANGIOGRAPHY"),
    "RF": ("RF", "FLUOROSCOPY"),
    "PX": ("PX", "PANORAMIC"),
    "NM": ("NM", "SPECT", "SCINTIGRAPHY"),
    "PT": ("PT", "PET"),
}

NOT_IMAGES = frozenset(
    "SEG SR PR KO RTPLAN RTSTRUCT RTDOSE RTRECORD RTIMAGE DOC ECG HD AU REG PLAN".split()
)
"""DICOM modalities that are no pictures of a patient: skipped and counted."""


@dataclass(frozen=True, slots=True)
class Region:
    """An anatomical region: its SNOMED CT codes, its synonyms, and the organs within it."""

    codes: tuple[str, ...]
    synonyms: tuple[str, ...]
    organs: tuple[str, ...] = ()


REGIONS: Mapping[str, Region] = {
    "chest": Region(
        ("816094009", "51185008", "T-D3000"),
        ("chest", "thorax", "thoracic", "torax", "poumon", "poitrine", "brust", "borst"),
        ("lung", "mediastinum", "rib"),
    ),
    "abdomen_pelvis": Region(
        ("818981001", "818982008", "816092008", "T-D4000", "113345001", "T-D6000", "12921003"),
        ("abdomen", "pelvis", "abdomen_pelvis", "abdominal", "belly", "bauch", "becken", "addome"),
        (
            "liver",
            "kidney",
            "gallbladder",
            "gb",
            "cbd",
            "aorta",
            "spleen",
            "pancreas",
            "uterus",
            "ovary",
            "bladder",
            "prostate",
        ),
    ),
    "brain": Region(
        ("12738006", "T-A0100"), ("brain", "cerebral", "gehirn", "cerveau", "cerebro", "cervello")
    ),
    "head": Region(
        ("69536005", "T-D1100", "89546000", "T-11100"),
        ("head", "skull", "cranium", "kopf", "schaedel", "tete", "crane", "cabeza", "testa"),
        ("orbit", "sinus", "jaw"),
    ),
    "neck": Region(("45048000", "T-D1600"), ("neck", "hals", "cou", "cuello", "collo")),
    "thyroid": Region(("69748006", "T-B6000"), ("thyroid", "schilddruese", "thyroide", "tiroide")),
    "spine": Region(
        ("421060004", "T-D0146", "122494005", "122495006", "122496007", "T-11501"),
        (
            "spine",
            "cspine",
            "tspine",
            "lspine",
            "sspine",
            "hws",
            "bws",
            "lws",
            "vertebra",
            "wirbelsaeule",
            "rachis",
            "columna",
            "colonna",
            "lumbar",
        ),
    ),
    "shoulder": Region(
        ("16982005", "T-D2220"), ("shoulder", "schulter", "epaule", "hombro", "spalla")
    ),
    "elbow": Region(("16953009", "T-D8300"), ("elbow", "ellenbogen", "coude", "codo", "gomito")),
    "hand_wrist": Region(
        ("85562004", "T-D8700", "8205005", "74670003"),
        ("hand", "wrist", "hand_wrist", "finger", "handgelenk", "main", "poignet", "mano", "polso"),
    ),
    "hip": Region(("29836001", "T-D2500", "24136001"), ("hip", "huefte", "hanche", "cadera")),
    "knee": Region(("72696002", "T-D9200"), ("knee", "knie", "genou", "rodilla", "ginocchio")),
    "ankle_foot": Region(
        ("70258002", "56459004", "T-D9500", "T-D9700"),
        ("ankle", "foot", "ankle_foot", "calcaneus", "fuss", "sprunggelenk", "pied", "pie"),
    ),
    "breast": Region(("76752008", "T-04000"), ("breast", "mamma", "mama", "sein", "mammella")),
    "heart": Region(("80891009", "T-32000"), ("heart", "cardiac", "herz", "coeur", "corazon")),
    "multi": Region((), ("multi", "wholebody", "whole_body")),
}

_ALONE = frozenset({"main", "multi", "pie"})
"""Words that name a region only where they are the whole text: `main series` is no hand."""

_ORGAN_NAMES: Mapping[str, str] = {"gb": "gallbladder"}
_ORGAN_SYNONYMS: Mapping[str, str] = {
    "renal": "kidney",
    "niere": "kidney",
    "rein": "kidney",
    "hepatic": "liver",
    "leber": "liver",
    "foie": "liver",
    "lunge": "lung",
    "pulmonary": "lung",
    "pancreatic": "pancreas",
    "bile_duct": "cbd",
}

# Words around which a region's name says nothing of what is in the picture.
_STOP_PHRASES = re.compile(
    r"\b(history|hx)\b.*|\b(head|feet) first\b|\bresearch\b|\bknee coil\b|\bhead coil\b", re.ASCII
)

_WORD_TO_REGION: Mapping[str, tuple[str, str | None]] = {
    **{word: (name, None) for name, region in REGIONS.items() for word in region.synonyms},
    **{
        organ: (name, _ORGAN_NAMES.get(organ, organ))
        for name, region in REGIONS.items()
        for organ in region.organs
    },
    **{
        word: (name, organ)
        for word, organ in _ORGAN_SYNONYMS.items()
        for name, region in REGIONS.items()
        if organ in region.organs
    },
}
_CODE_TO_REGION: Mapping[str, str] = {
    code: name for name, region in REGIONS.items() for code in region.codes
}
_WORD_TO_MODALITY: Mapping[str, str] = {
    word: group for group, words in MODALITY_GROUPS.items() for word in words
}


_UMLAUTS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss", ord("œ"): "oe"}


def _folded(text: str) -> str:
    """Lower case, without accents, German umlauts spelt out, punctuation as spaces."""
    text = text.lower().translate(_UMLAUTS)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9_]+", " ", text).strip()


def modality_term(value: str | None, source: str) -> Term:
    """The modality group of a DICOM modality code or a manifest's word; unknown when new."""
    group = _WORD_TO_MODALITY.get((value or "").strip().upper())
    return Term(group, source, 1.0) if group else Term()


def region_of_code(code: str) -> str | None:
    """The region of a SNOMED CT or SRT code, None when it is not one of ours."""
    return _CODE_TO_REGION.get(code.strip())


def region_in_text(text: str) -> tuple[str, str | None] | None:
    """(region, organ) that `text` names, None when it names none.

    A text that is one known word gives that; a longer one gives the first region whose word it
    holds as a whole word, after phrases that mislead are cut.
    """
    folded = _folded(text)
    whole = folded.replace(" ", "_")
    if whole in _WORD_TO_REGION:
        return _WORD_TO_REGION[whole]
    for word in _STOP_PHRASES.sub(" ", folded).split():
        if word in _WORD_TO_REGION and word not in _ALONE:
            return _WORD_TO_REGION[word]
    return None


def anatomy_term(candidates: Iterable[tuple[str, str, float]]) -> tuple[Term, str | None]:
    """The first of `candidates` (text, source, confidence) that names a region, and its organ."""
    for text, source, confidence in candidates:
        found = region_in_text(text)
        if found:
            return Term(found[0], source, confidence), found[1]
    return Term(), None


def filter_value(name: str, value: str) -> str:
    """`value` as it is stored for field `name`: synonyms of modality and anatomy are resolved.

    Raises UnknownName, with the nearest words, for a modality or region that does not exist.
    """
    if name == "modality" and value.lower() != UNKNOWN:
        term = modality_term(value, "filter")
        if term.value == UNKNOWN:
            raise UnknownName("modality", value, MODALITY_GROUPS)
        return term.value
    if name == "anatomy" and value.lower() != UNKNOWN:
        found = region_in_text(value)
        if found is None:
            raise UnknownName("anatomy", value, REGIONS)
        return found[0]
    if name in ("modality", "anatomy"):
        return UNKNOWN
    return value

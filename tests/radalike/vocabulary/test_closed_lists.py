"""Makers and contrast agents: whatever a file says, what is kept is one of a few words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.vocabulary import MANUFACTURERS, contrast_of, manufacturer_of


@pytest.mark.parametrize(
    ("text", "maker"),
    [
        ("SIEMENS", "siemens"),
        ("Siemens Healthineers", "siemens"),
        ("SIEMENS NM", "siemens"),
        ("Acuson", "siemens"),
        ("GE MEDICAL SYSTEMS", "ge"),
        ("GE Healthcare", "ge"),
        ("GE_MEDICAL_SYSTEMS", "ge"),
        ("Philips Medical Systems", "philips"),
        ("TOSHIBA_MEC", "canon"),
        ("Canon Medical Systems", "canon"),
        ("FUJIFILM Corporation", "fujifilm"),
        ("FUJI PHOTO FILM Co., ltd.", "fujifilm"),
        ("Agfa-Gevaert", "agfa"),
        ("Carestream Health", "carestream"),
        ("KODAK", "carestream"),
        ("HOLOGIC, Inc.", "hologic"),
        ("KONICA MINOLTA", "konica_minolta"),
        ("SAMSUNG MEDISON CO., LTD.", "samsung"),
        ("Mindray", "mindray"),
        ("Esaote", "esaote"),
        ("Shimadzu Corporation", "shimadzu"),
        ("UIH", "united_imaging"),
        ("Hitachi Medical Corporation", "hitachi"),
        ("General Hospital", "other"),
        ("Gesundheit GmbH", "other"),
        ("Planted^Jane", "other"),
        ("", None),
        ("  ", None),
    ],
)
def test_manufacturer(text: str, maker: str | None) -> None:
    assert manufacturer_of(text) == maker


@pytest.mark.parametrize(
    ("agent", "contrast"),
    [
        ("Omnipaque 300", "yes"),
        ("APPLIED", "yes"),
        ("NON-IONIC", "yes"),
        ("Gadovist 7 ml IV", "yes"),
        ("NONE", "no"),
        ("No", "no"),
        ("no contrast", "no"),
        ("W/O", "no"),
        ("N/A", "no"),
        ("ohne KM", "no"),
        ("keine", "no"),
        ("Nativ", "no"),
        ("sans", "no"),
        ("aucun", "no"),
        ("sin contraste", "no"),
        ("ninguno", "no"),
        ("senza mdc", "no"),
        ("nessuno", "no"),
        ("geen", "no"),
        ("zonder", "no"),
        ("blanco", "no"),
        ("", None),
        ("?", None),
        ("unknown", None),
    ],
)
def test_contrast(agent: str, contrast: str | None) -> None:
    assert contrast_of(agent) == contrast


@given(st.text())
def test_no_text_of_a_file_comes_through(text: str) -> None:
    assert manufacturer_of(text) in (None, *MANUFACTURERS)
    assert contrast_of(text) in (None, "yes", "no")

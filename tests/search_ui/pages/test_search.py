"""The search page of a clinic: filters, options, marks, addresses that cannot be."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from search_ui.access.visitor import LOCAL
from search_ui.components.gallery import CardAction
from search_ui.served import Served
from tests.search_ui.page_driver import (
    act,
    address,
    cards,
    html,
    labels,
    messages,
    press,
    run,
    shown,
    upload,
)
from tests.search_ui.pictures import PATIENTS, SLICES, of_patient

PngOf = Callable[[str, str, int], bytes]
IMAGES = PATIENTS * (SLICES + 1) + 2


# -- filters and options ---------------------------------------------------------------------------


def test_every_field_that_something_is_known_of_has_a_filter(clinic_page: AppTest) -> None:
    run(clinic_page)
    offered = {each.label for each in (*clinic_page.multiselect, *clinic_page.slider)}
    assert offered == {"Organ", "View", "Label", "Data set", "Age", "Year"}


def test_fields_that_nothing_is_known_of_have_none(page: AppTest) -> None:
    run(page)
    assert {each.label for each in page.multiselect} == {"Label", "Data set"}
    assert not page.slider


def test_every_filter_narrows_and_says_so(clinic_page: AppTest) -> None:
    run(clinic_page)
    clinic_page.pills("search-sex").set_value(["F"]).run()
    clinic_page.slider("search-age").set_value((20, 45)).run()
    clinic_page.multiselect("search-labels").set_value(["CT/chest/nodule"]).run()
    assert not clinic_page.exception
    assert address(clinic_page) == {
        "sex": ["F"],
        "age": ["20..45"],
        "labels": ["CT/chest/nodule"],
    }
    # Patients 0, 1, 4 and 5 are women of at most 45 years; 0 has no nodule.
    assert clinic_page.sidebar.caption[0].value == f"9 of {IMAGES} images pass"
    assert len(cards(clinic_page)) == 9
    why = shown(clinic_page, "examples")[0]["why"]
    assert {"Sex: Female", "Label: CT/chest/nodule"} < set(why)
    press(clinic_page, "Remove filters")
    assert address(clinic_page) == {}
    assert clinic_page.slider("search-age").value == (20, 75)


def test_the_whole_range_is_no_filter(clinic_page: AppTest) -> None:
    run(clinic_page, age="30..40")
    assert clinic_page.slider("search-age").value == (30, 40)
    clinic_page.slider("search-age").set_value((20, 75)).run()
    assert address(clinic_page) == {}
    assert clinic_page.sidebar.caption[0].value == f"{IMAGES} images"


@pytest.mark.parametrize("age", ["0..99999", "200..300", "75..75", "..0"])
def test_any_range_of_an_address_can_be_shown(clinic_page: AppTest, age: str) -> None:
    run(clinic_page, age=age)
    assert not clinic_page.error
    low, high = clinic_page.slider("search-age").value
    assert low <= high


def test_slices_and_the_patient_are_options(clinic_page: AppTest, server: Served) -> None:
    first, *others = of_patient(server.library, 3)
    run(clinic_page, like=first, limit="100", modality="CT")
    assert len(cards(clinic_page)) == PATIENTS - 1
    assert {each["folded"] for each in shown(clinic_page)} == {SLICES - 1}
    clinic_page.toggle("collapse").set_value(False).run()
    assert len(cards(clinic_page)) == (PATIENTS - 1) * SLICES
    clinic_page.toggle("other-patients").set_value(False).run()
    assert set(others) <= set(cards(clinic_page))
    assert address(clinic_page)["slices"] == ["each"]
    assert address(clinic_page)["patient"] == ["same"]


def test_a_link_brings_back_query_filters_and_options(clinic_page: AppTest, server: Served) -> None:
    first = of_patient(server.library, 3)[0]
    said = {
        "like": first,
        "limit": "10",
        "sex": "F",
        "slices": "each",
        "exact": "1",
        "region": "0,0,1,0.5",
    }
    run(clinic_page, **said)
    assert address(clinic_page) == {name: [value] for name, value in said.items()}
    assert clinic_page.toggle("collapse").value is False
    assert clinic_page.toggle("exact").value is True
    assert clinic_page.select_slider("limit").value == 10


def test_what_the_neighbours_say(clinic_page: AppTest, server: Served) -> None:
    run(clinic_page, like=of_patient(server.library, 1)[0], modality="CT", limit="50")
    assert "What the neighbours say" in html(clinic_page)
    assert f"7 of {PATIENTS - 1}" in html(clinic_page)


# -- near and far ----------------------------------------------------------------------------------


def test_a_query_from_elsewhere_has_no_good_match(clinic_page: AppTest) -> None:
    random = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(random).save(buffer, "PNG")
    upload(run(clinic_page), buffer.getvalue())
    assert "No good match" in messages(clinic_page)
    assert cards(clinic_page)


def test_a_query_of_its_kind_has_one(clinic_page: AppTest, png_of: PngOf) -> None:
    upload(run(clinic_page), png_of("CT", "chest", 31))
    assert "No good match" not in messages(clinic_page)


# -- marks -----------------------------------------------------------------------------------------


def test_marks_refine_and_are_kept_and_taken_back(clinic_page: AppTest, server: Served) -> None:
    query = of_patient(server.library, 3, "MR")[0]
    judgements = server.library.judgements
    run(clinic_page, like=query)
    good, bad = cards(clinic_page)[:2]
    act(clinic_page, CardAction.RELEVANT, good)
    act(clinic_page, CardAction.NOT_RELEVANT, bad)
    assert "refined by your marks" in html(clinic_page)
    kept = {(each.image, each.relevant, each.who) for each in judgements.of(query=query)}
    assert kept == {(good, True, LOCAL.name), (bad, False, LOCAL.name)}
    marks = {each["id"]: each["mark"] for each in shown(clinic_page)}
    assert {marks.get(good, 1), marks.get(bad, -1)} == {1, -1}
    press(clinic_page, "Take back all marks")
    assert "refined by your marks" not in html(clinic_page)
    assert "Take back all marks" not in labels(clinic_page)


def test_a_mark_said_twice_is_taken_back(clinic_page: AppTest, server: Served) -> None:
    query = of_patient(server.library, 4, "MR")[0]
    run(clinic_page, like=query)
    image = cards(clinic_page)[0]
    act(clinic_page, CardAction.RELEVANT, image)
    assert server.library.judgements.of(query=query)
    act(clinic_page, CardAction.RELEVANT, image)
    assert server.library.judgements.of(query=query) == []
    assert "refined" not in html(clinic_page)


def test_marks_of_an_upload_are_kept_under_its_key(
    clinic_page: AppTest, server: Served, png_of: PngOf
) -> None:
    upload(run(clinic_page), png_of("CT", "chest", 3))
    image = cards(clinic_page)[0]
    act(clinic_page, CardAction.NOT_RELEVANT, image)
    visit = clinic_page.session_state["visit"]
    key = server.library.judgements.picture_key(visit.uploaded.content)
    (kept,) = server.library.judgements.of(key=key)
    assert (kept.image, kept.relevant, kept.query) == (image, False, None)


def test_a_mark_of_an_image_that_is_gone_is_told_of(clinic_page: AppTest, server: Served) -> None:
    query = of_patient(server.library, 5, "MR")[0]
    run(clinic_page, like=query)
    gone = "00000000-0000-4000-8000-000000000009"
    act(clinic_page, CardAction.RELEVANT, gone)
    assert clinic_page.error
    assert server.library.judgements.of(query=query) == []
    assert len(cards(clinic_page)) == len(shown(clinic_page)) > 0


# -- addresses that lead nowhere -------------------------------------------------------------------


def test_an_encoder_that_nobody_knows(clinic_page: AppTest) -> None:
    run(clinic_page, encoder="no-such-encoder")
    assert "Unknown encoder" in clinic_page.error[0].value
    press(clinic_page, "Start over")
    assert not clinic_page.error
    assert cards(clinic_page)


def test_an_encoder_without_vectors_here_is_not_an_empty_library(clinic_page: AppTest) -> None:
    run(clinic_page, encoder="dinov2-small")
    assert "no images in this library yet" not in messages(clinic_page)
    assert "radalike encode" in clinic_page.error[0].value
    press(clinic_page, "Start over")
    assert cards(clinic_page)


@pytest.mark.parametrize("name", ["text", "region"])
def test_words_for_an_encoder_that_knows_none(clinic_page: AppTest, name: str) -> None:
    run(clinic_page, **{name: "**lung** <script>alert(1)</script>"})
    assert clinic_page.error
    assert "<script>" not in clinic_page.error[0].value.replace("\\<script\\>", "")


def test_a_reference_is_in_the_log_too(
    clinic_page: AppTest, caplog: pytest.LogCaptureFixture
) -> None:
    run(clinic_page, encoder="no-such-encoder")
    reference = clinic_page.error[0].value.rsplit("Reference ", 1)[1]
    assert f"reference {reference}: UnknownName" in caplog.text

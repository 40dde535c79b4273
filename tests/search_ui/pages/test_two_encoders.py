"""The search page of a library with vectors of two encoders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from streamlit.testing.v1 import AppTest

from radalike.encoders import catalogue
from search_ui.components.gallery import CardAction
from search_ui.served import Served
from tests.ingest.small_encoder import CELLS
from tests.radalike.library.two_encoders import BANDS, add_vectors, library_of
from tests.search_ui.page_driver import act, address, cards, html, open_page, run, shown
from tests.search_ui.pictures import clinic_images

COVERED = 40


@pytest.fixture(scope="module", autouse=True)
def known_by_name() -> Iterator[None]:
    with patch.object(
        catalogue, "ENCODERS", {**catalogue.ENCODERS, CELLS.id: CELLS, BANDS.id: BANDS}
    ):
        yield


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """50 images with vectors of CELLS, 40 of them of BANDS too."""
    path = tmp_path_factory.mktemp("both") / "library"
    images = list(clinic_images())
    with library_of(path, CELLS) as library:
        library.add(images)
        add_vectors(library, BANDS, images[:COVERED])
    return path


@pytest.fixture
def page(both: Path, opened_servers: list[Served], monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("RADALIKE_ENCODER", CELLS.id)
    monkeypatch.setenv("RADALIKE_DEVICE", "cpu")
    return run(open_page(both, monkeypatch))


def test_they_are_offered_with_what_they_cover(page: AppTest) -> None:
    assert page.selectbox("encoder").options == ["cells", f"bands ({COVERED} of 50 images)"]
    assert page.selectbox("encoder").value == "cells"
    assert page.selectbox("beside").options == ["none", f"bands ({COVERED} of 50 images)"]


def test_another_encoder_answers_among_what_it_has(page: AppTest) -> None:
    run(page, like=cards(page)[0])
    page.selectbox("encoder").set_value("bands").run()
    assert not page.exception
    assert address(page)["encoder"] == ["bands"]
    assert "encoder bands" in html(page)
    assert page.sidebar.caption[0].value == f"{COVERED} images"
    page.selectbox("encoder").set_value("cells").run()
    assert "encoder" not in address(page)


def test_two_answers_side_by_side(page: AppTest) -> None:
    query = cards(page)[0]
    run(page, like=query, limit="5")
    page.selectbox("beside").set_value("bands").run()
    assert not page.exception
    assert address(page)["beside"] == ["bands"]
    one, two = shown(page, "results"), shown(page, "beside-results")
    assert len(one) == len(two) == 5
    shared = {each["id"] for each in one} & {each["id"] for each in two}
    assert any(f"{len(shared)} of 5 images" in each.value for each in page.caption)
    best = two[0]["id"]
    act(page, CardAction.SIMILAR, best, "beside-results")
    assert address(page)["like"] == [best]
    assert address(page)["beside"] == ["bands"]


def test_the_one_in_use_is_never_beside_itself(page: AppTest) -> None:
    run(page, like=cards(page)[0], beside="bands")
    page.selectbox("encoder").set_value("bands").run()
    assert not page.exception
    assert address(page)["encoder"] == ["bands"]
    assert "beside" not in address(page)
    assert page.selectbox("beside").options == ["none", "cells"]


def test_an_image_that_the_other_has_no_vector_of(
    page: AppTest, opened_servers: list[Served]
) -> None:
    listed = opened_servers[-1].library.metadata().items()
    lacking = next(image for image, each in listed if each.dataset == "copies")
    run(page, like=lacking)
    assert cards(page)
    run(page, beside="bands")
    assert "bands" in page.error[0].value

"""One image that was opened: beside the query, with its series and study."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pydicom
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    generate_uid,
)
from streamlit.testing.v1 import AppTest

from search_ui.components.gallery import CardAction
from search_ui.pages.looks import region_of
from search_ui.searching.search_state import SearchState, from_params, to_params
from search_ui.served import Served
from tests.search_ui.page_driver import (
    act,
    address,
    cards,
    component,
    html,
    labels,
    messages,
    press,
    run,
    shown,
    upload,
)
from tests.search_ui.pictures import SLICES, of_patient

PngOf = Callable[[str, str, int], bytes]


def test_an_image_is_opened_beside_the_query_and_left(clinic_page: AppTest, server: Served) -> None:
    query = of_patient(server.library, 1)[0]
    run(clinic_page, like=query)
    best = shown(clinic_page)[0]
    act(clinic_page, CardAction.OPEN, best["id"])
    assert address(clinic_page) == {"like": [query], "open": [best["id"]]}
    assert f"<dt>Similarity</dt><dd>{best['score']}</dd>" in html(clinic_page)
    assert "80 x 96 pixels" in html(clinic_page)
    viewer = component(clinic_page, "detail-viewer")
    assert viewer is not None
    assert len(viewer["pictures"]) == 2
    press(clinic_page, "Back to the results")
    assert address(clinic_page) == {"like": [query]}
    assert shown(clinic_page)[0] == best


def test_its_series_and_study_can_be_walked_through(clinic_page: AppTest, server: Served) -> None:
    first = of_patient(server.library, 2)[0]
    run(clinic_page, open=first)
    assert f"Its series: {SLICES} images" in html(clinic_page)
    assert "Its study: 2 series" in html(clinic_page)
    sent = component(clinic_page, "series")
    assert sent is not None
    assert sent["asks"] is False
    assert sent["marks"] is False
    other = next(image for image in cards(clinic_page, "series") if image != first)
    act(clinic_page, CardAction.OPEN, other, "series")
    assert address(clinic_page)["open"] == [other]
    press(clinic_page, "MR, brain (1)")
    assert address(clinic_page)["open"] != [other]
    assert "Modality</dt><dd>MR" in html(clinic_page)


def test_an_opened_image_becomes_the_query(clinic_page: AppTest, server: Served) -> None:
    image = of_patient(server.library, 2)[1]
    run(clinic_page, open=image, sex="M")
    assert "Back" in labels(clinic_page)
    press(clinic_page, "Similar to this")
    assert address(clinic_page) == {"like": [image], "sex": ["M"]}
    assert cards(clinic_page)


def test_the_query_itself_is_shown_once(clinic_page: AppTest, server: Served) -> None:
    image = of_patient(server.library, 2)[1]
    run(clinic_page, like=image, open=image)
    viewer = component(clinic_page, "detail-viewer")
    assert viewer is not None
    assert len(viewer["pictures"]) == 1


def test_an_image_that_is_gone(clinic_page: AppTest) -> None:
    run(clinic_page, open=str(uuid.uuid4()))
    assert "No image" in clinic_page.error[0].value
    press(clinic_page, "Start over")
    assert cards(clinic_page)
    assert address(clinic_page) == {}


def test_back_and_forward_in_the_browser(clinic_page: AppTest, server: Served) -> None:
    query = of_patient(server.library, 1)[0]
    run(clinic_page, like=query)
    image = cards(clinic_page)[0]
    act(clinic_page, CardAction.RELEVANT, cards(clinic_page)[1])
    act(clinic_page, CardAction.OPEN, image)
    del clinic_page.query_params["open"]
    run(clinic_page)
    assert "refined by your marks" in html(clinic_page)
    run(clinic_page, open=image)
    assert "Back to the results" in labels(clinic_page)


# -- how the query is looked at --------------------------------------------------------------------


def ct_file(frames: int = 1) -> bytes:
    """A CT of noise around water, or an image of several frames."""
    random = np.random.default_rng(7)
    dataset = pydicom.Dataset()
    dataset.SOPInstanceUID = generate_uid()
    dataset.PatientName, dataset.PatientID, dataset.Modality = "SECRET^NAME", "SECRET", "CT"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows = dataset.Columns = 64
    if frames == 1:
        dataset.SOPClassUID = CTImageStorage
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
        dataset.PixelRepresentation = 1
        dataset.RescaleSlope, dataset.RescaleIntercept = "1", "0"
        dataset.WindowCenter, dataset.WindowWidth = "40", "400"
        pixels = random.integers(-1000, 1000, (64, 64)).astype("<i2")
    else:
        dataset.SOPClassUID = MultiFrameGrayscaleByteSecondaryCaptureImageStorage
        dataset.NumberOfFrames = frames
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
        dataset.PixelRepresentation = 0
        pixels = random.integers(0, 255, (frames, 64, 64), dtype=np.uint8)
    dataset.PixelData = pixels.tobytes()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def picture(page: AppTest) -> Any:
    viewer = component(page, "query-viewer")
    assert viewer is not None
    return viewer["pictures"][0]


def scores(page: AppTest) -> list[tuple[str, str]]:
    return [(each["id"], each["score"]) for each in shown(page)]


def test_another_frame_is_searched_with(clinic_page: AppTest) -> None:
    upload(run(clinic_page), ct_file(frames=5))
    slider = next(each for each in clinic_page.slider if each.label == "Frame")
    assert (slider.value, slider.max) == (3, 5)
    assert "frame 3 of 5" in html(clinic_page)
    before, found = picture(clinic_page), scores(clinic_page)
    slider.set_value(5).run()
    assert not clinic_page.exception
    assert "frame 5 of 5" in html(clinic_page)
    assert picture(clinic_page) != before
    assert scores(clinic_page) != found


def test_presets_and_an_own_window_are_searched_with(clinic_page: AppTest) -> None:
    upload(run(clinic_page), ct_file())
    window = next(each for each in clinic_page.get("button_group") if each.label == "Window")
    assert window.options[0] == "As stored"
    assert any(each.startswith("Lung") for each in window.options)
    found = scores(clinic_page)
    window.set_value("lung").run()
    assert not clinic_page.exception
    assert scores(clinic_page) != found
    found = scores(clinic_page)
    window = next(each for each in clinic_page.get("button_group") if each.label == "Window")
    window.set_value("own").run()
    assert {each.label for each in clinic_page.number_input} == {"Level", "Width"}
    width = next(each for each in clinic_page.number_input if each.label == "Width")
    width.set_value(80).run()
    assert not clinic_page.exception
    assert scores(clinic_page) != found
    assert "SECRET" not in html(clinic_page) + repr(clinic_page.session_state)


def test_a_picture_has_no_frames_and_no_window(clinic_page: AppTest, png_of: PngOf) -> None:
    upload(run(clinic_page), png_of("CT", "chest", 1))
    assert not [each for each in clinic_page.slider if each.label == "Frame"]
    assert not [each for each in clinic_page.get("button_group") if each.label == "Window"]


def test_a_part_of_an_upload_can_be_marked(clinic_page: AppTest, png_of: PngOf) -> None:
    upload(run(clinic_page), png_of("CT", "chest", 1))
    run(clinic_page, region="0,0.5,1,0.5")
    viewer = component(clinic_page, "query-viewer")
    assert viewer is not None
    assert viewer["drawsRegion"]


def test_a_part_of_an_image_needs_its_original(clinic_page: AppTest, server: Served) -> None:
    run(clinic_page, like=of_patient(server.library, 1)[0], region="0.25,0.25,0.5,0.5")
    assert "original" in clinic_page.error[0].value
    assert cards(clinic_page) == []
    viewer = component(clinic_page, "query-viewer")
    assert viewer is not None
    assert viewer["drawsRegion"]  # so that the region can be taken back
    press(clinic_page, "Start over")
    assert cards(clinic_page)


def test_going_back_from_a_region_of_an_upload_keeps_the_upload(
    clinic_page: AppTest, png_of: PngOf
) -> None:
    upload(run(clinic_page), png_of("CT", "chest", 1))
    found = scores(clinic_page)
    run(clinic_page, region="0,0.5,1,0.5")
    assert scores(clinic_page) != found
    assert "your image" in html(clinic_page)
    del clinic_page.query_params["region"]
    run(clinic_page)
    assert "your image" in html(clinic_page)
    assert scores(clinic_page) == found
    assert "Back" not in labels(clinic_page)
    assert not messages(clinic_page).count("no longer kept")


@given(st.tuples(*[st.floats(0, 1)] * 4))
def test_a_region_that_was_drawn_goes_through_the_address(corners: tuple[float, ...]) -> None:
    left, right = sorted(corners[:2])
    top, bottom = sorted(corners[2:])
    if right - left < 0.001 or bottom - top < 0.001:
        return
    region = region_of((left, top, right - left, bottom - top))
    state = SearchState(like=str(uuid.UUID(int=1)), region=region)
    assert from_params(to_params(state)) == state

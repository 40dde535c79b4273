from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from search_ui.faults import new_reference


def page_with_an_error_of_ours() -> None:
    import streamlit as st

    from radalike.errors import UsageError
    from search_ui.faults import told

    with told():
        raise UsageError("the thing <b>is</b> not there", hint="run `radalike thing`")
    st.write("and so the rest of the page is shown")


def page_with_an_error_of_somebody() -> None:
    from search_ui.faults import unexpected

    try:
        raise KeyError("".join(("SEC", "RET")))  # the log shows this line
    except KeyError as error:
        unexpected(error)


def page_without_a_library() -> None:
    from radalike.errors import LibraryNotFound
    from search_ui.faults import told

    with told():
        raise LibraryNotFound("there is none")


def reference_of(page: AppTest) -> str:
    found = re.search(r"Reference ([0-9a-f]{8})$", page.error[0].value)
    assert found is not None
    return found[1]


def test_an_error_of_ours_is_told_with_a_reference(caplog: pytest.LogCaptureFixture) -> None:
    page = AppTest.from_function(page_with_an_error_of_ours).run()
    said = page.error[0].value
    assert r"**The thing \<b\>is\</b\> not there**" in said
    assert "`radalike thing`" in said
    assert f"reference {reference_of(page)}: UsageError" in caplog.text
    assert [each.label for each in page.button] == ["Try again", "Start over"]
    assert "the rest of the page" in page.markdown[0].value


def test_what_nobody_foresaw_tells_nothing_of_a_file(caplog: pytest.LogCaptureFixture) -> None:
    page = AppTest.from_function(page_with_an_error_of_somebody).run()
    assert "Something went wrong that should not" in page.error[0].value
    assert "SECRET" not in page.error[0].value
    assert f"reference {reference_of(page)}: KeyError" in caplog.text
    assert "page_with_an_error_of_somebody" in caplog.text
    assert "SECRET" not in caplog.text


def test_a_library_that_is_not_there_is_for_the_router() -> None:
    page = AppTest.from_function(page_without_a_library).run()
    assert page.exception[0].message == "there is none"


def test_references_differ() -> None:
    assert len({new_reference() for _ in range(100)}) == 100

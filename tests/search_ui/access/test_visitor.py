"""What the script shows to those who are not in; who is in is tested in a browser."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from radalike.access import Action, Role
from radalike.library import Library
from search_ui.access.mode import SignIn
from search_ui.access.visitor import LOCAL, Visitor


def _shown(library: Library, mode: SignIn) -> AppTest:
    def script(library: object, mode: object) -> None:
        import streamlit as st

        from search_ui.access.visitor import current_visitor

        visitor = current_visitor(library, mode)
        st.session_state["visitor"] = visitor
        if visitor is not None:
            st.write("what only visitors see")

    page = AppTest.from_function(
        script, kwargs={"library": library, "mode": mode}, default_timeout=30
    )
    page.secrets["auth"] = {"cookie_secret": "x" * 64, "redirect_uri": "http://a/oauth2callback"}
    return page.run()


def test_where_nobody_signs_in_everybody_may_do_all(library: Library) -> None:
    page = _shown(library, SignIn.NONE)
    assert page.session_state["visitor"] == LOCAL
    assert all(LOCAL.may(action) for action in Action)
    assert not LOCAL.can_sign_out


@pytest.mark.parametrize(
    ("mode", "heading"),
    [(SignIn.PASSWORD, "You are signed out"), (SignIn.OIDC, "Sign in")],
)
def test_nobody_sees_but_the_way_in(library: Library, mode: SignIn, heading: str) -> None:
    page = _shown(library, mode)
    assert not page.exception
    assert [each.value for each in page.header] == [heading]
    assert "Research use only" in page.caption[0].value
    assert page.session_state["visitor"] is None
    assert not page.markdown


def test_roles_say_what_a_visitor_may_do() -> None:
    reader = Visitor("ada", frozenset({Role.READER}), can_sign_out=True)
    assert reader.may(Action.SEARCH)
    assert not reader.may(Action.INGEST)
    assert not reader.may(Action.AUDIT)
    assert not any(Visitor("bo", frozenset(), can_sign_out=True).may(each) for each in Action)

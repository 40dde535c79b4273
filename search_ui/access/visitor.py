"""Who looks at a page: asked in each run of Streamlit's script, so that nobody stays in whose role
was taken away, whose password was changed or whose twelve hours are over."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from html import escape

import streamlit as st

from radalike.access import Action, Role, may
from radalike.library import Library
from search_ui.access.addresses import SIGN_IN, SIGN_OUT
from search_ui.access.directory import Known
from search_ui.access.door import LOCAL_NAME, door_of
from search_ui.access.mode import SignIn
from search_ui.access.oidc import Claims
from search_ui.access.reception import Stranger, receive, see_out
from search_ui.access.sign_in_page import RESEARCH_ONLY

_SIGN_OUT_STYLE = """
.rl-sign-out { padding: 0.375rem 0.75rem; font: inherit; color: inherit; background: transparent;
  border: 1px solid currentColor; border-radius: 0.5rem; cursor: pointer; }
.rl-sign-out:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
"""


@dataclass(frozen=True, slots=True)
class Visitor:
    name: str
    roles: frozenset[Role]
    can_sign_out: bool

    def may(self, action: Action) -> bool:
        return may(self.roles, action)


LOCAL = Visitor(LOCAL_NAME, frozenset(Role), can_sign_out=False)
"""Whoever sits at this machine, where nobody signs in."""


def current_visitor(library: Library, mode: SignIn) -> Visitor | None:
    """Who looks at this page. None: nobody who may come in; then the page says how to, and the
    caller shows nothing more.

    Raises LibraryError, StorageFull: what cannot be read or audited lets nobody in.
    """
    if mode is SignIn.NONE:
        return LOCAL
    door = door_of(library, mode)
    found: Known | Stranger | None
    if mode is SignIn.PASSWORD:
        found = door.who(dict(st.context.cookies))
    else:
        found = receive(door, _claims())
    if isinstance(found, Stranger):
        _show_no_role(library, found.name)
        return None
    if found is None:
        _show_signed_out() if mode is SignIn.PASSWORD else _show_provider()
        return None
    return Visitor(found.name, found.roles, can_sign_out=True)


def sign_out_button(library: Library, mode: SignIn) -> None:
    """A way out for a visitor who can sign out. Raises LibraryError, StorageFull."""
    if mode is SignIn.PASSWORD:
        # A form of ours: a page of Streamlit's cannot take back a cookie.
        st.html(
            f"<style>{_SIGN_OUT_STYLE}</style>"
            f'<form method="post" action="{SIGN_OUT}">'
            '<button class="rl-sign-out" type="submit">Sign out</button></form>'
        )
    elif mode is SignIn.OIDC:
        st.button("Sign out", key="sign-out", on_click=_leave_provider, args=(library,))


def _claims() -> Claims | None:
    claims = st.user.to_dict()
    return claims if claims.get("is_logged_in") is True else None


def _leave_provider(library: Library) -> None:
    claims = _claims()
    if claims is not None:
        see_out(door_of(library, SignIn.OIDC), claims)
    st.logout()


# -- pages for those who are not in --------------------------------------------------------------


def _show_signed_out() -> None:
    st.header("You are signed out", anchor=False)
    st.html(f'<a href="{escape(SIGN_IN)}" target="_self">Sign in</a>')
    st.caption(RESEARCH_ONLY)


def _show_provider() -> None:
    st.header("Sign in", anchor=False)
    st.button("Sign in", key="sign-in", type="primary", on_click=st.login)
    st.caption(RESEARCH_ONLY)


def _show_no_role(library: Library, name: str) -> None:
    st.header("You have no role here yet", anchor=False)
    st.text(f"You are signed in as {name}, but nobody has given you a role. Ask whoever runs this:")
    st.code(f"radalike people add {shlex.quote(name)} --oidc --role reader", language=None)
    st.button("Sign in as somebody else", key="sign-out", on_click=_leave_provider, args=(library,))
    st.caption(RESEARCH_ONLY)

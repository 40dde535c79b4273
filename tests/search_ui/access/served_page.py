"""A page with what the policy must let through, and a script that it must not."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from radalike.library import Library
from radalike.settings import load_settings
from search_ui.access.mode import sign_in_mode
from search_ui.access.visitor import current_visitor, sign_out_button

ALLOWED_SCRIPT = "window.allowedRan = true"
_COMPONENT = """export default ({parentElement}) => {
  const said = document.createElement("p"); said.textContent = "component ran";
  parentElement.append(said);
}"""


@st.cache_resource
def _library() -> Library:
    return Library.open()


def page() -> None:
    mode = sign_in_mode(load_settings())
    visitor = current_visitor(_library(), mode)
    if visitor is None:
        return
    st.header(f"Hello {visitor.name}: {', '.join(visitor.roles)}")
    sign_out_button(_library(), mode)
    st.button("Again")
    st.scatter_chart(pd.DataFrame({"a": [1, 2], "b": [3, 4]}), x="a", y="b")
    uploaded = st.file_uploader("Upload")
    if uploaded is not None:
        st.image(uploaded)
    st.components.v2.component("ran", html="<i></i>", js=_COMPONENT)(key="ran")
    st.html(f"<p>a</p><script>{ALLOWED_SCRIPT}</script>", unsafe_allow_javascript=True)
    st.html("<p>b</p><script>window.evilRan = true</script>", unsafe_allow_javascript=True)


if __name__ == "__main__":
    page()

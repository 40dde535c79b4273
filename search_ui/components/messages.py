"""What went wrong and the way out, and what to do where there is nothing to show."""

from __future__ import annotations

import re

import streamlit as st

from radalike.errors import RadalikeError

# What Markdown and Streamlit's own marks (:red[…], $…$) would take for something else; the
# backtick is left, because hints put commands in it.
_MARKS = re.compile(r"([\\*_{}\[\]()#+!|<>~$:-])")


def escaped(text: str) -> str:
    """`text` for Markdown, read as it is written; commands in backticks stay commands."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return _MARKS.sub(r"\\\1", text.replace("`", "'"))
    return "`".join(
        piece if number % 2 else _MARKS.sub(r"\\\1", piece) for number, piece in enumerate(pieces)
    )


def error_text(error: RadalikeError, *, hint: str = "") -> str:
    """Message and hint of an error as Markdown; `hint` where the error has none of its own."""
    lines = (f"**{escaped(_begun(str(error)))}**", escaped(_begun(error.hint or hint)))
    return "\n\n".join(line for line in lines if line)


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def show_error(error: RadalikeError, *, hint: str = "") -> None:
    st.error(error_text(error, hint=hint), icon=":material/error:")


def show_notice(heading: str, way_out: str) -> None:
    """An empty state: what there is not, and what to do about it (Markdown)."""
    st.info(f"**{heading}**\n\n{way_out}", icon=":material/info:")


def show_warning(heading: str, text: str) -> None:
    """Something to know before what follows is read."""
    st.warning(f"**{escaped(heading)}**\n\n{escaped(text)}", icon=":material/warning:")

"""Pictures as HTML, with words for readers who do not see them."""

from __future__ import annotations

import base64
from html import escape


def picture_html(picture: str | bytes | None, words: str) -> str:
    """A picture that `words` describes, by its URL or as the bytes of a JPEG; a placeholder where
    there is none."""
    if picture is None:
        return (
            f'<div class="rl-picture rl-none" role="img" aria-label="{escape(words)}, no preview">'
            "No preview</div>"
        )
    return (
        f'<div class="rl-picture"><img alt="{escape(words)}" src="{escape(source(picture))}"></div>'
    )


def source(picture: str | bytes) -> str:
    """What an `img` takes: the URL, or the bytes of a JPEG as one."""
    if isinstance(picture, str):
        return picture
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"

"""Pictures as HTML: inline, so that no file of them is kept or served, and with words for
readers who do not see them."""

from __future__ import annotations

import base64
from html import escape


def picture_html(picture: bytes | None, words: str) -> str:
    """A JPEG picture that `words` describes, or a placeholder."""
    if picture is None:
        return (
            f'<div class="rl-picture rl-none" role="img" aria-label="{escape(words)}, no preview">'
            "No preview</div>"
        )
    data = base64.b64encode(picture).decode()
    return (
        f'<div class="rl-picture"><img alt="{escape(words)}" '
        f'src="data:image/jpeg;base64,{data}"></div>'
    )

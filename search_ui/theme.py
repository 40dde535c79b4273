"""Colours of the two themes. Text has a contrast of at least 4.5 to 1 with what is behind it, and
the borders of fields 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Colours = Mapping[str, str]
"""By the names that Streamlit has for them, in its options `theme.dark.…` and `theme.light.…`."""

DARK: Colours = MappingProxyType(
    {
        "primaryColor": "#4db6d3",
        "linkColor": "#7fcbe2",
        "backgroundColor": "#0c0f12",
        "secondaryBackgroundColor": "#161b20",
        "textColor": "#e4e8eb",
        "borderColor": "#2a3138",
    }
)
LIGHT: Colours = MappingProxyType(
    {
        "primaryColor": "#0b6e8a",
        "linkColor": "#0b6e8a",
        "backgroundColor": "#ffffff",
        "secondaryBackgroundColor": "#f1f4f6",
        "textColor": "#17212a",
        "borderColor": "#ccd4da",
    }
)


def theme_options() -> dict[str, str]:
    """For Streamlit's command line. Which of the two is shown, `shell` says."""
    return {
        f"theme.{name}.{option}": colour
        for name, colours in (("dark", DARK), ("light", LIGHT))
        for option, colour in colours.items()
    }

"""The colours of both themes, as contrast ratios of WCAG 2.2."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.config import get_config_options

import search_ui
from search_ui.theme import DARK, LIGHT, Colours, theme_options

_STYLE = (Path(search_ui.__file__).parent / "style.css").read_text(encoding="utf-8")
_OURS = dict(re.findall(r"--rl-(\w+): light-dark\((#\w{6}, #\w{6})\)", _STYLE))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def ours(name: str, theme: Colours) -> str:
    return str(_OURS[name].split(", ")[theme is DARK])


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> Colours:
    chosen: Colours = request.param
    return chosen


@pytest.mark.parametrize("ground", ["backgroundColor", "secondaryBackgroundColor"])
def test_contrast_is_aa(theme: Colours, ground: str) -> None:
    behind = theme[ground]
    for text in (theme["textColor"], theme["linkColor"], ours("quiet", theme)):
        assert contrast(text, behind) >= 4.5
    for edge in (theme["primaryColor"], *(ours(name, theme) for name in ("edge", "good"))):
        assert contrast(edge, behind) >= 3
    # Words on a button of the accent's colour.
    assert contrast(theme["backgroundColor"], theme["primaryColor"]) >= 4.5


def test_the_style_sheet_has_the_same_colours(theme: Colours) -> None:
    assert ours("accent", theme) == theme["primaryColor"]
    assert ours("ground", theme) == theme["backgroundColor"]


def test_streamlit_knows_every_option() -> None:
    options = theme_options()
    assert options.keys() <= set(get_config_options())
    assert options["theme.dark.backgroundColor"] == DARK["backgroundColor"]
    assert options["theme.light.backgroundColor"] == LIGHT["backgroundColor"]

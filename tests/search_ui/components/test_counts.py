"""Bars and histograms as they go to the browser."""

from __future__ import annotations

from search_ui.browsing.spread import Bar, Bin, FieldSpread, NumberSpread
from search_ui.components.counts import field_html, histogram, histogram_words

AGES = NumberSpread("Age", (Bin(20, 24, 3), Bin(25, 29, 0), Bin(30, 34, 7)), 10)


def test_bars_with_their_numbers() -> None:
    html = field_html(FieldSpread("Label", (Bar("Nodule", 1200, 0.25),), 3))
    assert "1,200 (25 %)" in html
    assert "width:25.0%" in html
    assert "3 values more" in html
    assert 'aria-label="Images by Label"' in html
    assert "more" not in field_html(FieldSpread("Label", (Bar("Nodule", 1, 1.0),), 0))


def test_what_a_label_holds_is_text() -> None:
    html = field_html(FieldSpread("<b>", (Bar('<img src=x onerror="alert(1)">', 1, 1.0),), 0))
    assert "<img" not in html
    assert "<b>" not in html
    assert 'title="&lt;img src=x onerror=&quot;alert(1)&quot;&gt;"' in html


def test_histogram_in_words() -> None:
    assert histogram_words(AGES, 12) == (
        "Histogram of age: 10 of 12 images have one, from 20 to 34; most are 30 to 34 (7)."
    )


def test_histogram_begins_and_ends_with_its_bins() -> None:
    spec = histogram(AGES).to_dict()
    assert spec["encoding"]["x"]["scale"]["domain"] == [20.0, 35.0]
    (rows,) = spec["datasets"].values()
    assert [row["images"] for row in rows] == [3, 0, 7]
    assert [(row["from"], row["to"]) for row in rows] == [(20.0, 25.0), (25.0, 30.0), (30.0, 35.0)]


def test_bar_of_one_year_stands_over_it() -> None:
    spec = histogram(NumberSpread("Year", (Bin(2020, 2020, 1), Bin(2021, 2021, 2)), 3)).to_dict()
    assert spec["encoding"]["x"]["scale"]["domain"] == [2019.5, 2021.5]

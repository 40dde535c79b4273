"""The words of all languages, from the tables `english.toml`, `german.toml` … of this package."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import Any

from radalike.vocabulary.folding import spellings
from radalike.vocabulary.regions import REGIONS, Place

LANGUAGES = ("english", "german", "french", "spanish", "italian", "dutch")


class Strength(IntEnum):
    """How much a word is trusted to name a region; the tables' heads say it in full."""

    ALONE = 0
    ADJECTIVE = 1
    WORD = 2


@dataclass(frozen=True, slots=True)
class Named:
    place: Place
    strength: Strength


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Folded words and phrases, and what they mean.

    sides: L, R or B by word. sides_near, sides_after: by words so short that they count only next
    to, or right after, the name of something paired.
    words: every single word of the places. growing: those that are written together with others.
    parts: what they can be grown together with, besides each other.
    joined: phrases of several words by what DICOM's keywords make of them, CIRCLEOFWILLIS.
    longest: words of the longest phrase.
    """

    places: Mapping[str, Named]
    words: frozenset[str]
    neutral: frozenset[str]
    growing: frozenset[str]
    parts: frozenset[str]
    joined: Mapping[str, str]
    sides: Mapping[str, str]
    sides_near: Mapping[str, str]
    sides_after: Mapping[str, str]
    stop: re.Pattern[str]
    longest: int


@cache
def lexicon() -> Lexicon:
    """Read once. Raises ValueError when two tables disagree on a word."""
    folder = files("radalike.vocabulary")
    return lexicon_of(
        [tomllib.loads(folder.joinpath(f"{each}.toml").read_text("utf-8")) for each in LANGUAGES]
    )


def lexicon_of(tables: list[Mapping[str, Any]]) -> Lexicon:
    places: dict[str, Named] = {}
    for name, region in REGIONS.items():
        _add(places, name, Named(Place(name), Strength.ALONE))
        for organ in region.organs:
            if [organ in each.organs for each in REGIONS.values()].count(True) == 1:
                _add(places, organ, Named(Place(name, organ), Strength.ALONE))
    for table in tables:
        for section, strength in (
            ("words", Strength.WORD),
            ("adjectives", Strength.ADJECTIVE),
            ("alone", Strength.ALONE),
        ):
            for region, organs in table.get(section, {}).items():
                for organ, words in organs.items():
                    place = Place(region, None if organ == "region" else organ)
                    for word in _listed(words):
                        _add(places, word, Named(place, strength))
    neutral = frozenset(_every(tables, "neutral", "words"))
    return Lexicon(
        places=places,
        words=frozenset(word for phrase in places for word in phrase.split()),
        neutral=neutral | {word for phrase in neutral for word in phrase.split()},
        growing=frozenset(_growing(tables)),
        parts=frozenset(_every(tables, "neutral", "parts")),
        joined={phrase.replace(" ", ""): phrase for phrase in places if " " in phrase},
        sides=_sides(tables, ()),
        sides_near=_sides(tables, ("short",)),
        sides_after=_sides(tables, ("after",)),
        stop=_stop_pattern(tables),
        longest=max(phrase.count(" ") for phrase in places) + 1,
    )


def _add(places: dict[str, Named], text: str, named: Named) -> None:
    for word in spellings(text):
        before = places.get(word, named)
        if before.place != named.place:
            raise ValueError(f"{word!r} is {before.place} and {named.place}")
        places[word] = max(before, named, key=lambda each: each.strength)


def _listed(words: str) -> Iterator[str]:
    return (word.strip() for word in words.split(",") if word.strip())


def _growing(tables: list[Mapping[str, Any]]) -> Iterator[str]:
    for table in tables:
        if table.get("grows"):
            for section in ("words", "adjectives"):
                for organs in table.get(section, {}).values():
                    for word in _listed(",".join(organs.values())):
                        yield from spellings(word)


def _every(tables: list[Mapping[str, Any]], section: str, key: str) -> Iterator[str]:
    for table in tables:
        for word in _listed(table.get(section, {}).get(key, "")):
            yield from spellings(word)


def _sides(tables: list[Mapping[str, Any]], inner: tuple[str, ...]) -> dict[str, str]:
    sides: dict[str, str] = {}
    for table in tables:
        section = table.get("laterality", {})
        for name in inner:
            section = section.get(name, {})
        for side, letter in (("left", "L"), ("right", "R"), ("both", "B")):
            for word in _listed(section.get(side, "")):
                sides.update(dict.fromkeys(spellings(word), letter))
    return sides


def _stop_pattern(tables: list[Mapping[str, Any]]) -> re.Pattern[str]:
    # The longest first, since the first alternative that matches is taken.
    phrases, openings = (
        "|".join(sorted(set(_every(tables, "stop", key)), key=len, reverse=True))
        for key in ("phrases", "openings")
    )
    return re.compile(rf"\b(?:{openings})\b.*|\b(?:{phrases})\b")

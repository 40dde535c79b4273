"""Today's vocabulary, with words that it does not know."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

from radalike.vocabulary.lexicon import LANGUAGES, Lexicon, lexicon_of


def with_words(**words: str) -> Lexicon:
    """`with_words(knee="zorple")`: regions by name, and one more word of each."""
    folder = files("radalike.vocabulary")
    tables: list[Any] = [
        tomllib.loads(folder.joinpath(f"{each}.toml").read_text("utf-8")) for each in LANGUAGES
    ]
    more = {"words": {region: {"region": word} for region, word in words.items()}}
    return lexicon_of([*tables, more])

"""What region a text names: folded, cut of what misleads, then matched by its longest phrases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from radalike.records import Term
from radalike.vocabulary.folding import folded
from radalike.vocabulary.lexicon import Lexicon, Named, Strength, lexicon
from radalike.vocabulary.regions import PAIRED_ORGANS, PAIRED_REGIONS, Place, combined

_SHORTEST_GROWN = 4
"""Letters of a word that can be grown together with others: `ear` is in too many words."""
_LINKS = frozenset("s n en es er".split())
_SIDE_LETTERS = frozenset("l r".split())


@dataclass(frozen=True, slots=True)
class Found:
    """A word or phrase of a text; `named` is what it names, None for any other word."""

    text: str
    named: Named | None


def place_in_text(text: str) -> Place | None:
    """The place that `text` names, None when it names none.

    Phrases that mislead are cut. Words that name a region count before adjectives, and those
    before words that do so only among neutral ones; what several places mean together is said at
    `regions.combined`.
    """
    places = _places(_read(text, lexicon()), lexicon())
    return combined(places)


def region_in_text(text: str) -> tuple[str, str | None] | None:
    """(region, organ) that `text` names, None when it names none."""
    place = place_in_text(text)
    return (place.region, place.organ) if place else None


def anatomy_term(candidates: Iterable[tuple[str, str, float]]) -> tuple[Term, str | None]:
    """The first of `candidates` (text, source, confidence) that names a region, and its organ."""
    for text, source, confidence in candidates:
        place = place_in_text(text)
        if place:
            return Term(place.region, source, confidence), place.organ
    return Term(), None


def laterality_in_text(text: str, anatomy: Place | None = None) -> str | None:
    """L, R or B that `text` says of something paired, None where it says nothing.

    `anatomy` is what is paired where the text itself names nothing. A text that says left and
    right is of both sides.
    """
    words = lexicon()
    found = _read(text, words)
    places = _places(found, words)
    place = combined(places) or anatomy
    if place is None or not is_paired(place):
        return None
    single = (word for each in found for word in each.text.split())  # `main gauche` is a phrase
    sides = {words.sides[word] for word in single if word in words.sides}
    for before, each, after in zip([None, *found], found, [*found[1:], None], strict=False):
        if each.named is None and each.text in words.sides_near:
            if _names_paired(before) or _names_paired(after):
                sides.add(words.sides_near[each.text])
        elif each.named is None and each.text in words.sides_after and _names_paired(before):
            sides.add(words.sides_after[each.text])
    if not sides:
        return None
    return sides.pop() if len(sides) == 1 else "B"


def is_paired(place: Place) -> bool:
    """Whether there is a left and a right one."""
    return place.region in PAIRED_REGIONS or place.organ in PAIRED_ORGANS


def _names_paired(found: Found | None) -> bool:
    return found is not None and found.named is not None and is_paired(found.named.place)


def _places(found: list[Found], words: Lexicon) -> list[Place]:
    """The places that count: those of the strongest kind of word."""
    named = [each.named for each in found if each.named]
    strongest = max((each.strength for each in named), default=Strength.WORD)
    if strongest is Strength.ALONE:
        rest = (each.text for each in found if each.named is None)
        neutral = all(word in words.neutral or _is_side(word, words) for word in rest)
        # Of two such words the first counts: `main de face` is a hand, seen from the front.
        return [named[0].place] if neutral else []
    return [each.place for each in named if each.strength is strongest]


def _is_side(word: str, words: Lexicon) -> bool:
    sides = (words.sides, words.sides_near, words.sides_after)
    return word.isdigit() or any(word in each for each in sides)


def _read(text: str, words: Lexicon) -> list[Found]:
    """`text` as known phrases and single words, in its order."""
    folded_text = folded(text)
    if not folded_text:
        return []
    tokens = [
        piece
        for token in words.stop.sub(" ", folded_text).split()
        for piece in _pieces(token, words)
    ]
    return list(_phrases(tokens, words))


def _phrases(tokens: list[str], words: Lexicon) -> Iterator[Found]:
    start = 0
    while start < len(tokens):
        for length in range(min(words.longest, len(tokens) - start), 0, -1):
            phrase = " ".join(tokens[start : start + length])
            named = words.places.get(phrase)
            if named or length == 1:
                yield Found(phrase, named)
                start += length
                break


def _pieces(token: str, words: Lexicon) -> list[str]:
    """The words that `token` is grown together from, `[token]` when it is not all made of known
    ones: CSPINEAP, Thoraxübersicht, LKNEE, BILEDUCT."""
    if token in words.words or token in words.neutral or len(token) <= _SHORTEST_GROWN:
        return [token]
    if token in words.joined:
        return words.joined[token].split()
    best: list[list[str] | None] = [[]]  # the fewest pieces up to each letter
    for end in range(1, len(token) + 1):
        options = [
            [*before, token[start:end]]
            for start, before in enumerate(best)
            if before is not None
            and _fits(token, start, end, words)
            and not (before and before[-1] in _LINKS and token[start:end] in _LINKS)
        ]
        best.append(min(options, key=len, default=None))
    pieces = best[-1]
    if pieces is None or not any(piece in words.places for piece in pieces):
        return [token]
    return [piece for piece in pieces if piece not in _LINKS]


def _fits(token: str, start: int, end: int, words: Lexicon) -> bool:
    """Whether these letters of `token` can be a piece of it."""
    piece, last = token[start:end], end == len(token)
    if piece in words.places:
        known = len(piece) >= _SHORTEST_GROWN or piece in _SHORT_GROWN
        return known and piece in words.growing
    if piece in _LINKS:
        return start > 0 and (piece == "s" or not last)
    if piece in _SIDE_LETTERS:  # of one: no `r eyes`, which is a name
        return start == 0 and not token.endswith("s")
    if piece in words.sides:  # no `femora li s`, which is Latin
        return start == 0 or last
    return piece in words.parts or piece.isdigit()


_SHORT_GROWN = frozenset("abd hws bws lws".split())

"""The rows as the documentation shows them, between two marks in docs/encoders.md."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from radalike.encoders.catalogue import words
from radalike.encoders.spec import EncoderSpec
from radalike.errors import UsageError

BEGIN = "<!-- encoders: begin; written by `radalike encoders list --markdown --into FILE` -->"
END = "<!-- encoders: end -->"

_COLUMNS = ("encoder", "family", "dimension", "input", "text", "licence", "weights")


def table_and_notes(specs: Iterable[EncoderSpec]) -> str:
    """One table of all, and below it what does not fit there, encoder by encoder."""
    rows = list(specs)
    lines = [_row(_COLUMNS), _row(["---"] * len(_COLUMNS))]
    lines += [_row(_cells(spec)) for spec in rows]
    for spec in rows:
        lines += ["", *_note(spec)]
    return "\n".join(lines)


def replaced(document: str, block: str) -> str:
    """`document` with `block` between the marks. Raises UsageError when it has none."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UsageError("the file has no place for the encoders", hint=f"mark it: {BEGIN} {END}")
    return f"{before}{begin}\n{block}\n{end}{after}"


def _cells(spec: EncoderSpec) -> list[str]:
    return [
        f"[{spec.id}](#{spec.id})",
        spec.family,
        str(spec.dimension),
        f"{spec.preprocessing.size} px",
        "yes" if spec.has_text_tower else "",
        words.terms(spec.licence),
        _weights(spec),
    ]


def _weights(spec: EncoderSpec) -> str:
    location = spec.weights.location
    place = f"`{location.removeprefix('hub:')}`"
    if location.startswith("package:"):
        place = "in a Python package"
    elif location.startswith("https:"):
        place = urlsplit(location).netloc
    revision = words.short_revision(spec.weights)
    said = [place, f"`{revision}`" if revision else "", "(see below)" if spec.access else ""]
    return " ".join(filter(None, said))


def _note(spec: EncoderSpec) -> list[str]:
    said = [
        f"Model: {spec.source}. {spec.citation}.",
        f"Embedding: {words.embedding(spec)}.",
        f"Input: {words.fitting(spec.preprocessing)}; {words.scaling(spec.preprocessing)}.",
        f"The study and here: {spec.study}" if spec.study else "",
        f"To get it: {spec.access}" if spec.access else "",
        f"Weights: `{words.place(spec.weights)}`.",
        f"Version: {words.version(spec.weights)}" if words.version(spec.weights) else "",
        f"SHA-256 of the weights: `{spec.weights.sha256}`." if spec.weights.sha256 else "",
        f"Text tower: `{spec.weights.text}`." if spec.weights.text else "",
        f"Licence: {spec.licence}.",
    ]
    return [f"### {spec.id}", "", "\n".join(f"- {line}" for line in said if line)]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"

"""A run of `radalike eval failures`: classes that are not found, and what they are taken for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from search_ui.evaluation.parts import Note, Part, Plot, PlotKind, Point, Table
from search_ui.evaluation.reading import (
    count_at,
    figure,
    mapping_at,
    mappings_at,
    number_at,
    queries_title,
    text_at,
    texts_at,
)
from search_ui.words import label_title, share_title, title

_PLOTTED = 20
_CONFUSIONS = 3


@dataclass(frozen=True, slots=True)
class FailingClass:
    """taken_for: other classes, each with the share of its queries, the most frequent first."""

    name: str
    title: str
    queries: int
    index: int
    precision: float | None
    hits: float | None
    misses: float | None
    taken_for: tuple[tuple[str, float], ...]


def failing_classes(found: Mapping[str, Any]) -> tuple[FailingClass, ...]:
    """The worst first. Raises UnknownShape."""
    relevance = text_at(found, "relevance")
    return tuple(
        FailingClass(
            name=text_at(each, "name"),
            title=class_title(relevance, text_at(each, "name")),
            queries=count_at(each, "n_queries"),
            index=count_at(each, "n_index"),
            precision=number_at(each, "P@1"),
            hits=number_at(each, "similarity_of_hits"),
            misses=number_at(each, "similarity_of_misses"),
            taken_for=tuple(
                (class_title(relevance, text_at(other, "name")), number_at(other, "share") or 0.0)
                for other in mappings_at(each, "confused_with")
            ),
        )
        for each in mappings_at(found, "failing")
    )


def class_title(relevance: str, name: str) -> str:
    """A label is written with its modality and anatomy, since labels of two can be the same."""
    if relevance != "label" or name.count("/") != 2:
        return title(relevance, name)
    modality, anatomy, _ = name.split("/")
    told = (title("modality", modality), title("anatomy", anatomy).lower(), label_title(name))
    return ", ".join(filter(None, told))


def classes(found: Mapping[str, Any]) -> Iterator[Part]:
    failing = failing_classes(found)
    below, n_classes = number_at(found, "below") or 0.0, count_at(found, "n_classes")
    if not failing:
        yield Note(
            f"No class fails: P@1 of each of {n_classes:,} is {below:g} or more, over "
            f"{queries_title(count_at(found, 'n_queries'))}."
        )
        return
    yield Plot(
        PlotKind.DOTS,
        f"P@1 of the {min(len(failing), _PLOTTED)} classes that are found least.",
        "Class",
        "P@1",
        "",
        tuple(
            Point(each.title, each.precision, "P@1")
            for each in failing[:_PLOTTED]
            if each.precision is not None
        ),
    )
    columns = ("Class", "Queries", "Index", "P@1", "Hits at", "Misses at", "Taken for")
    yield Table(
        f"{len(failing):,} of {n_classes:,} classes with P@1 below {below:g}",
        columns,
        tuple(
            (
                each.title,
                f"{each.queries:,}",
                f"{each.index:,}",
                figure(each.precision),
                figure(each.hits),
                figure(each.misses),
                "; ".join(
                    f"{name} ({share_title(share)})" for name, share in each.taken_for[:_CONFUSIONS]
                ),
            )
            for each in failing
        ),
        columns[1:-1],
    )
    yield Note("Hits at, misses at: the mean similarity of nearest neighbours that are such.")


def leakage(found: Mapping[str, Any]) -> Iterator[Part]:
    """What gives queries away; nothing where it was not looked for."""
    if found.get("leakage") is None:
        return
    leaks = mapping_at(found, "leakage")
    rows = []
    for each in mappings_at(leaks, "effects"):
        without = ", ".join(texts_at(each, "exclude")) or "nothing"
        untested = each.get("untested")
        micro = each.get("micro") or {}
        first = number_at(micro, "P@1") if isinstance(micro, Mapping) and "P@1" in micro else None
        told = figure(first) if first is not None else str(untested or "")
        rows.append((without, f"{count_at(each, 'n_queries'):,}", told))
    yield Table(
        f"Leakage: {count_at(leaks, 'duplicates'):,} duplicates and "
        f"{count_at(leaks, 'near_duplicates'):,} near ones between queries and index",
        ("Left out", "Queries", "Micro P@1"),
        tuple(rows),
        ("Queries",),
    )

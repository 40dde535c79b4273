"""What `radalike eval failures` prints for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, repeat

import typer

from eval.commands.retrieval_tables import number
from eval.failures import FailingClass, FailuresReport
from eval.leakage import Effect, LeakageReport
from radalike.cli.output import print_table


def print_failures(report: FailuresReport) -> None:
    """A row for each failing class, the worst first."""
    n = len(report.failing)
    title = (
        f"Classes by {report.relevance} with P@1 below {report.below:g}: {n:,} of "
        f"{report.n_classes:,}, with {report.encoder} ({report.n_queries:,} queries among "
        f"{report.n_index:,} images)"
    )
    if not n:
        typer.echo(title)
    else:
        _print_classes(title, report.failing)
        typer.echo("Hits at, misses at: the mean similarity of nearest neighbours that are such.")
    apart = sum(report.unanswerable.values())
    if apart:
        first = ", ".join(list(report.unanswerable)[:3])
        more = ", …" if len(report.unanswerable) > 3 else ""
        typer.echo(
            f"Not scored: {apart:,} unanswerable queries; the index has nothing of {first}{more}."
        )
    for role, count in report.left_out.items():
        if count:
            typer.echo(f"Left out: {count:,} {role} images without one {report.relevance}.")
    for role, count in report.without_vector.items():
        if count:
            typer.echo(f"Left out: {count:,} {role} images without an embedding of this encoder.")


def print_leakage(report: LeakageReport) -> None:
    """What gives queries away, then precision with and without it."""
    rows = [
        (f"the same image in {a} and {b}", f"{each.contents:,}", "")
        for each in report.shared
        for a, b in [each.splits]
    ]
    rows += [
        ("queries whose very image is in the index", *_share(report.duplicates, report.n_queries)),
        (
            "… as another class there",
            *_share(report.of_another_class, report.n_queries),
        ),
        (
            f"queries with nearly the same image in it (cosine {report.near:.3f} or more)",
            *_share(report.near_duplicates, report.n_queries),
        ),
    ]
    patients_known = all(report.with_patient.values())
    rows.append(
        (
            "queries whose patient is in the index",
            *(_share(report.same_patient, report.n_queries) if patients_known else ("unknown", "")),
        )
    )
    print_table(
        f"Leakage: {report.n_queries:,} queries, {report.n_index:,} images in the index",
        ("what", "how many", "of the queries"),
        rows,
        numeric=("how many", "of the queries"),
    )
    tested = [effect for effect in report.effects if effect.micro is not None]
    print_table(
        "Precision with and without what gives queries away",
        ("", *(_words(effect) for effect in report.effects)),
        list(_effect_rows(report.effects, list(tested[0].micro or ()))),
        numeric=[_words(effect) for effect in report.effects],
    )
    for line in _remarks(report, tested):
        typer.echo(line)


def _print_classes(title: str, failing: Sequence[FailingClass]) -> None:
    columns = ("class", "queries", "in index", "P@1", "hits at", "misses at")
    rows = [
        (
            each.name,
            f"{each.n_queries:,}",
            f"{each.n_index:,}",
            number(each.precision),
            number(each.similarity_of_hits),
            number(each.similarity_of_misses),
        )
        for each in failing
    ]
    print_table(title, columns, rows, numeric=columns[1:])
    confused = [
        (each.name if first else "", confusion.name, f"{confusion.share:.0%}")
        for each in failing
        for first, confusion in zip(chain([True], repeat(False)), each.confusions, strict=False)
    ]
    print_table(
        "What they are confused with",
        ("class", "of its queries find first", "share"),
        confused,
        numeric=["share"],
    )


def _effect_rows(effects: Sequence[Effect], names: Sequence[str]) -> Iterator[list[str]]:
    yield ["queries", *(f"{e.n_queries:,}" if e.micro is not None else "" for e in effects)]
    for name in names:
        yield [f"{name} micro", *(number(e.micro[name]) if e.micro else "" for e in effects)]
    for name in names:
        yield [f"{name} macro", *(number(e.macro[name]) if e.macro else "" for e in effects)]


def _words(effect: Effect) -> str:
    return f"without {' and '.join(effect.exclude)}" if effect.exclude else "as asked"


def _remarks(report: LeakageReport, tested: list[Effect]) -> Iterator[str]:
    for why in dict.fromkeys(effect.untested for effect in report.effects if effect.untested):
        yield f"Not tested, so left empty: {why}."
    if len({effect.n_queries for effect in tested}) > 1:
        yield "Fewer queries: without these images, the index has no hit for the others."
    known, of = report.with_patient, {"queries": report.n_queries, "index": report.n_index}
    for role, count in known.items():
        if all(known.values()) and count < of[role]:
            yield f"The patient is known for {count:,} of {of[role]:,} {role} images only."
    near = ", ".join(f"{name} {value:.3f}" for name, value in report.nearest.items())
    if near:
        yield f"Nearest image that is no duplicate and of no same patient: {near}."


def _share(count: int, of: int) -> tuple[str, str]:
    return f"{count:,}", f"{count / of:.1%}"

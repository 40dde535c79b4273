"""`radalike compare`: what several encoders find for the same query, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table
from radalike.cli.query_options import (
    Anatomy,
    Count,
    Exact,
    ExcludePatient,
    FrameOption,
    Label,
    Modality,
    QueryArgument,
    RegionOption,
    RootOption,
    TextOption,
    Where,
    condition_of,
    patient_of,
    query_of,
    region_of,
)
from radalike.cli.search import NOTHING, described
from radalike.cli.session import open_library

if TYPE_CHECKING:
    from radalike.library.search.comparison import Comparison


def register(app: typer.Typer) -> None:
    app.command("compare")(compare)


def compare(
    encoder: Annotated[
        list[str], typer.Option("--encoder", help="Encoder id; give two of them, or more.")
    ],
    query: QueryArgument = None,
    text: TextOption = None,
    region: RegionOption = None,
    frame: FrameOption = None,
    root: RootOption = None,
    number: Count = 10,
    modality: Modality = None,
    anatomy: Anatomy = None,
    label: Label = None,
    where: Where = None,
    exact: Exact = False,
    exclude_patient: ExcludePatient = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """What two encoders, or more, find for the same query, and how much they agree.

    Example: radalike compare head.dcm --encoder efficientnet-lite0 --encoder rad-dino
    """
    asked, part = query_of(query, text), region_of(region)
    condition = condition_of(modality, anatomy, label, where)
    with open_library(library) as opened:
        found = opened.compare(
            asked,
            encoder,
            number,
            condition,
            region=part,
            frame=frame,
            root=root,
            exact=exact,
            exclude_patient=patient_of(opened, query, exclude_patient),
        )
        lists = {result.encoder: described(opened, result.hits) for result in found.results}
        images = opened.catalog.totals()["images"]
    if as_json:
        print_json(_as_json(query or text or "", found, lists))
        return
    if not any(lists.values()):
        typer.echo(NOTHING)
        return
    _print(query or text or "", found, lists)
    _print_agreement(found, encoder, images)


def _as_json(
    query: str, found: Comparison, lists: dict[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    return {
        "query": query,
        "results": [
            {
                "encoder": result.encoder,
                "backend": result.backend,
                "took_ms": result.took_ms,
                "vectors": found.vectors[result.encoder],
                "only": list(found.only(result.encoder)),
                "hits": lists[result.encoder],
            }
            for result in found.results
        ],
        "agreements": [
            {
                "encoders": list(each.encoders),
                "shared": each.shared,
                "overlap": round(each.overlap, 6),
                "rank_biased_overlap": round(each.rank_biased_overlap, 6),
            }
            for each in found.agreements
        ],
    }


def _print(query: str, found: Comparison, lists: dict[str, list[dict[str, Any]]]) -> None:
    """One row a rank, one column an encoder; each hit says its ranks in the other lists."""
    longest = max(map(len, lists.values()))
    columns = [_cells(found, name, hits, longest) for name, hits in lists.items()]
    rows = zip(map(str, range(1, longest + 1)), *columns, strict=True)
    print_table(f"Most similar to {query}", ["", *lists], rows, numeric=("",))


def _cells(found: Comparison, encoder: str, hits: list[dict[str, Any]], length: int) -> list[str]:
    cells = []
    for hit in hits:
        ranks = found.ranks(hit["id"])
        others = [ranks.get(each) for each in found.vectors if each != encoder]
        elsewhere = ", ".join(f"#{rank}" if rank else "-" for rank in others)
        mark = f"also {elsewhere}" if any(others) else "only here"
        words = (hit["modality"], hit["anatomy"], ", ".join(hit["labels"]))
        what = " ".join(filter(None, words))
        cells.append(f"{hit['score']:.3f}  {mark}  {what}\n{hit['source'] or hit['id']}")
    return cells + [""] * (length - len(cells))


def _print_agreement(found: Comparison, asked: Sequence[str], images: int) -> None:
    """`asked`: the encoders as they were typed, which can be paths."""
    for each in found.agreements:
        one, two = each.encoders
        longest = max(len(result.hits) for result in found.results if result.encoder in (one, two))
        typer.echo(
            f"{one} and {two}: {each.shared} of {longest} in both (overlap {each.overlap:.2f}), "
            f"rank-biased overlap {each.rank_biased_overlap:.2f}"
        )
    for typed, (name, count) in zip(asked, found.vectors.items(), strict=True):
        if count < images:
            typer.echo(
                f"{name} has vectors of {count:,} of {images:,} images: "
                f"`radalike encode --encoder {quote(typed)}` adds the others."
            )

"""`radalike eval retrieval`: how many of the most similar images are what the query is."""

from __future__ import annotations

from typing import Annotated

import typer

from eval.commands.each_encoder import print_resumed
from eval.commands.options import (
    CsvOption,
    DrawsOption,
    EncodersOption,
    ExcludeOption,
    HtmlOption,
    IndexOption,
    QueriesOption,
    RelevanceOption,
    SeedOption,
    selection,
)
from radalike.cli.options import JsonOption, LibraryOption

MetricOption = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        "-m",
        metavar="NAME",
        help="P@N, Recall@N, AP@N, RR@N, nDCG@N for any N, or R-precision. Repeat it for more.",
        show_default="P@1, P@3, P@5, P@10",
    ),
]
ByOption = Annotated[
    list[str] | None,
    typer.Option(
        "--by",
        metavar="FIELD",
        help="The same by modality, anatomy, label, class-size, dataset or any other field.",
    ),
]
GivenOption = Annotated[
    str,
    typer.Option(
        "--given",
        metavar="FIELD",
        help="Search each query among the images that have its value: --given anatomy asks for "
        "the label, given the region.",
    ),
]
PublishedOption = Annotated[
    bool,
    typer.Option("--published", help="The study's published numbers beside those of its encoders."),
]


def retrieval(
    index: IndexOption = None,
    queries: QueriesOption = None,
    relevance: RelevanceOption = "label",
    metric: MetricOption = None,
    by: ByOption = None,
    exclude: ExcludeOption = None,
    given: GivenOption = "",
    encoder: EncodersOption = None,
    published: PublishedOption = False,
    draws: DrawsOption = 1000,
    seed: SeedOption = 0,
    csv: CsvOption = None,
    html: HtmlOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Precision among the first neighbours (and other measures), by exact search.

    Example: radalike eval retrieval --queries split=test --by modality --exclude same-patient
    """
    import time

    from eval.commands.retrieval_tables import print_retrieval
    from eval.metrics import parse_metric
    from eval.retrieval import Question, as_json, score
    from eval.retrieval.breakdown import check_groupings
    from eval.retrieval.evaluate import report_of
    from eval.retrieval.question import THE_STUDYS
    from eval.retrieval.study_csv import LARGEST, write_csv
    from eval.runs import store_run
    from eval.saved_state import KeptWork
    from radalike.cli.output import print_json, progress_bar
    from radalike.cli.session import open_library

    question = Question(
        index=selection(index, "split=train"),
        queries=selection(queries, "split=test"),
        relevance=relevance,
        metrics=tuple(parse_metric(name) for name in metric) if metric else THE_STUDYS,
        exclude=tuple(exclude or ()),
        given=given,
    )
    asked = {
        "index": index or ["split=train"],
        "queries": queries or ["split=test"],
        "relevance": relevance,
        "exclude": exclude or [],
        "given": given,
    }
    columns = check_groupings(by or ())
    reports, scores, resumed = [], [], []
    with open_library(library) as opened, KeptWork(opened.layout.evaluation) as kept:
        for name in encoder or [opened.encoder_id]:
            started, before = time.monotonic(), kept.resumed
            with progress_bar(f"Searching with {name}", shown=not json) as progress:
                scored = score(
                    opened,
                    question,
                    encoder=name,
                    columns=columns,
                    depth=LARGEST if csv else 0,
                    progress=progress,
                    resume_in=kept,
                )
            report = report_of(scored, question, by=by or (), draws=draws, seed=seed)
            resumed.append({"resumed": kept.resumed - before})
            found = as_json(report) | resumed[-1]
            store_run(opened, "retrieval", asked, found, started=started, encoder=name)
            reports.append(report)
            scores.append(scored)
    if csv is not None:
        write_csv(csv, scores)
    if html is not None:
        from eval.report.retrieval import write_retrieval_page

        write_retrieval_page(html, reports, asked)
    if json:
        written = [
            as_json(report, published=published) | each
            for report, each in zip(reports, resumed, strict=True)
        ]
        print_json(written[0] if len(written) == 1 else {"encoders": written})
    else:
        print_retrieval(reports, published=published)
        print_resumed(kept)

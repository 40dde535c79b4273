"""How the embeddings lie in their space, with a map of them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from eval.ranking import Progress
from eval.report.markup import Html, bullets, figure, image, join, paragraph, table
from eval.report.measured import Measured
from eval.report.numbers import count, number
from eval.report.page import Section
from eval.space import SpaceReport, as_json, report_of, survey
from eval.space.evaluate import LABEL_AND_MODALITY
from eval.space.picture import draw_map
from eval.space.survey import Survey

SAMPLE = 5000
COLOURED_BY = "modality"


def section(measured: Measured, progress: Progress) -> Section:
    found = survey(
        measured.library,
        by=LABEL_AND_MODALITY,
        sample=SAMPLE,
        seed=measured.request.seed,
        encoder=measured.encoder,
        progress=progress,
        resume_in=measured.resume_in,
    )
    report = report_of(found)
    said = (
        f"All {count(report.n_images)} images that have an embedding by {report.encoder}; hubness, "
        f"uniformity, silhouettes and the map are of {count(report.n_sample)} of them, drawn with "
        f"seed {report.seed}."
    )
    parts = [paragraph(said), _measures(report), _groupings(report), bullets(_remarks(report))]
    if not report.all_equal:
        parts.append(_map(found, measured))
    return Section("space", "The space of embeddings", join(parts), as_json(report))


def _measures(report: SpaceReport) -> Html:
    hubness = report.hubness
    explained = report.explained_variance
    rows = [
        ("effective rank", number(report.effective_rank),
         f"directions in use, of {count(report.dimension)}"),
        ("variance explained", number(sum(explained)) if explained else "",
         f"by the first {len(explained)} principal components"),
        ("uniformity", number(report.uniformity),
         "log mean of exp(-2 distance²): lower is more even, 0 is one point"),
        ("hubness", number(hubness.skewness),
         f"skewness of how often images are among {hubness.k} neighbours: 0 is even"),
        ("anti-hubs", number(hubness.never), "share of images that are nobody's neighbour"),
        ("largest hub", count(hubness.largest) if hubness.largest else "",
         f"times that one image is a neighbour; {hubness.k} are expected"),
    ]  # fmt: skip
    return table("", ("measure", "value", "meaning"), rows, words=["meaning"])


def _groupings(report: SpaceReport) -> Html:
    rows = [
        (
            name,
            count(each.n_classes),
            count(each.n_images),
            number(each.alignment),
            number(each.silhouette),
        )
        for name, each in report.groupings.items()
    ]
    caption = (
        "Alignment: mean squared distance within a class, 0 is best. Silhouette: from -1 to 1, "
        "higher is better."
    )
    return table(caption, ("class", "classes", "images", "alignment", "silhouette"), rows)


def _remarks(report: SpaceReport) -> Iterator[str]:
    if report.all_equal:
        yield "All embeddings are the same: what compares them is left empty, and there is no map."
    if report.without_vector:
        yield f"Left out: {count(report.without_vector)} images without an embedding."


def _map(found: Survey, measured: Measured) -> Html:
    quick = measured.request.quick
    with_umap = not quick and find_spec("umap") is not None
    methods = ["pca", "umap"] if with_umap else ["pca"]
    said = f"The sample in the plane, coloured by {COLOURED_BY}."
    if not with_umap:
        said += " Without UMAP" + (
            ", which --quick leaves out." if quick else ": pip install radalike[umap]."
        )
    drawn = draw_map(found, methods, COLOURED_BY, measured.resume_in)
    return figure(image(drawn, said), said)

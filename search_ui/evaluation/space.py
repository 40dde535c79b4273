"""A run of `radalike eval space`: how the embeddings lie in their space."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from search_ui.evaluation.parts import Note, Part, Plot, PlotKind, Point, Table
from search_ui.evaluation.reading import (
    UnknownShape,
    count_at,
    figure,
    mapping_at,
    number_at,
)
from search_ui.words import count_title, field_title, share_title


def measures(found: Mapping[str, Any]) -> Iterator[Part]:
    hubness = mapping_at(found, "hubness")
    never, k = number_at(hubness, "never"), count_at(hubness, "k")
    dimension, images = count_at(found, "dimension"), count_at(found, "n_images")
    rows = (
        (
            "Effective rank",
            figure(number_at(found, "effective_rank"), 1),
            f"directions in use, of {dimension:,}",
        ),
        ("Uniformity", figure(number_at(found, "uniformity")), "-4 or so is even, 0 is one point"),
        (
            f"Hubness ({k} neighbours)",
            figure(number_at(hubness, "skewness")),
            "skewness of how often images are neighbours; 0 is even",
        ),
        (
            "Anti-hubs",
            "" if never is None else share_title(never),
            "images that no other has as a neighbour",
        ),
        (
            "Largest hub",
            f"{count_at(hubness, 'largest'):,}",
            f"times that one image is a neighbour; {k} are expected",
        ),
    )
    yield Table(
        f"{count_title(images, 'image')} in {dimension:,} dimensions",
        ("Measure", "Value", "Meaning"),
        rows,
        ("Value",),
    )


def explained(found: Mapping[str, Any]) -> Iterator[Part]:
    listed = found.get("explained_variance")
    if not isinstance(listed, list):
        raise UnknownShape("explained_variance")
    shares = [number_at({"explained_variance": each}, "explained_variance") for each in listed]
    points = tuple(
        Point(str(place), share, "Share of variance")
        for place, share in enumerate(shares, start=1)
        if share is not None
    )
    if not points:
        return
    yield Plot(
        PlotKind.DOTS,
        "Share of the variance that each of the first principal components explains.",
        "Principal component",
        "Share of variance",
        "",
        points,
    )
    yield Table(
        "Variance explained by the first principal components",
        ("Component", "Share"),
        tuple((str(point.x), figure(point.y)) for point in points),
        ("Component", "Share"),
    )


def classes(found: Mapping[str, Any]) -> Iterator[Part]:
    groupings = mapping_at(found, "groupings")
    rows = []
    for name in groupings:
        each = mapping_at(groupings, name)
        rows.append(
            (
                field_title(str(name)),
                f"{count_at(each, 'n_classes'):,}",
                f"{count_at(each, 'n_images'):,}",
                figure(number_at(each, "alignment")),
                figure(number_at(each, "silhouette")),
            )
        )
    columns = ("Class", "Classes", "Images", "Alignment", "Silhouette")
    yield Table("Classes in the space", columns, tuple(rows), columns[1:])
    yield Note(
        "Alignment: mean squared distance within a class, 0 is best. Silhouette: -1 to 1, higher "
        "is better."
    )
    sample = count_at(found, "n_sample")
    if sample < count_at(found, "n_images"):
        sampled = count_title(sample, "image")
        yield Note(f"Uniformity, hubness and silhouettes are of a sample of {sampled}.")

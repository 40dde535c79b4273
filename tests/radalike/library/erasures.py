"""Libraries with the patients that the tests of erasure remove."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from radalike.catalog.store import Item, Reject
from radalike.library import Library
from radalike.library.writing.additions import ImageInput
from radalike.records import Metadata, Pixels, Term
from radalike.settings import load_settings
from tests.ingest.small_encoder import CELLS

A, B = "MRN-0001", "MRN-0002"
EACH = 12
SHARED = 1000
"""The seed of a picture that both patients have."""


def open_small(root: Path, **settings: object) -> Library:
    """A library in `root` with an encoder that costs nothing."""
    small = {"library": root, "part_rows": 5, "precision": "float32", "workers": 1}
    return Library.open(
        root, create=True, spec=CELLS, settings=load_settings(**{**small, **settings})
    )


def picture(seed: int) -> Pixels:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((40, 40), Image.Resampling.BICUBIC))


def images(patient: str | None, seeds: Iterable[int], name: str) -> list[ImageInput]:
    return [
        ImageInput(
            f"{name}/{seed}.png",
            picture(seed),
            Metadata(
                dataset="set",
                modality=Term("CT", "Modality", 1.0),
                anatomy=Term("chest", "BodyPartExamined", 0.8),
                patient=patient,
                study=patient and f"{patient[::-1]}",
            ),
        )
        for seed in seeds
    ]


def fill(library: Library, *, index: bool = False) -> tuple[str, str]:
    """Two patients, one picture of whom is the same, in several parts, and a reject of each; with
    `index`, it is built. Their pseudonyms."""
    a, b = (library.privacy.pseudonym("patient", "", name) for name in (A, B))
    firsts = images(a, range(EACH), "a")
    seconds = images(b, range(100, 100 + EACH), "b")
    both = [*images(a, [SHARED], "a"), *images(b, [SHARED], "b")]
    mixed = [each for pair in zip(firsts, seconds, strict=True) for each in pair]
    for batch in (both, mixed[:12], firsts[6:], mixed[12:]):  # a part each, one of A's alone
        library.add(batch)
    if index:
        library.build_index()
    library.catalog.commit(
        done=[Item(name * 32, 1, 1, "added", 1, who) for name, who in (("c", a), ("d", b))],
        rejected=[
            Reject(name * 32, "Truncated", "it ends early", "set", None, None, who)
            for name, who in (("e", a), ("f", b))
        ],
    )
    return a, b


def found_by_searching(library: Library) -> set[str]:
    """Every image that a search finds."""
    library.searcher.refresh()
    vector = library.encoder.encode([picture(0)])[0]
    return {hit.id for hit in library.search(vector, 999).hits}


def ids_of(library: Library, patient: str) -> set[str]:
    return {image for image, each in library.catalog.metadata() if each.patient == patient}

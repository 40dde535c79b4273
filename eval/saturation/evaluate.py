"""P@1 against the size of the index, drawn several times, exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.classed_images import ClassedImages, read_classed_images, require_images
from eval.embedded_rows import gather, stream
from eval.exclusion import excluded_columns, exclusion_of
from eval.images import EmbeddedImages, Rows
from eval.metrics import summarise
from eval.ranking import Progress
from eval.retrieval.question import TEST, TRAIN
from eval.saturation.close_calls import CloseCalls, rounding, too_close
from eval.saturation.nearest import Greatest, IndexChunk, Searched, take_in
from eval.saturation.report import SaturationReport, Step, spread
from eval.saturation.shards import SIZES, Levels, check_sizes, draw_levels, sizes_of
from eval.saved_state import Arrays, KeptWork, SavedState
from radalike.errors import InvalidSetting, UsageError
from radalike.filters import Filter
from radalike.vectors import check_unit

AT_ONCE = 1 << 25
"""Most numbers (draws x sizes x queries) of one kind that a pass holds: 128 MiB."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    """What is searched: rows (n,), ascending, their classes, and how to read their vectors."""

    library: EmbeddedImages
    classed: ClassedImages
    encoder: str | None
    rows: Rows

    @property
    def classes(self) -> npt.NDArray[np.int64]:
        return self.classed.classes[self.rows].astype(np.int64)

    def chunks(self, without: Mask | None = None) -> Iterator[IndexChunk]:
        """All of it, or what is not in `without`, (images,)."""
        member = np.zeros(len(self.classed.images), dtype=bool)
        member[self.rows] = True
        if without is not None:
            member &= ~without
        for rows, vectors in stream(self.library, self.classed.images, member, self.encoder):
            check_unit(vectors)
            places = np.searchsorted(self.rows, rows)
            classes = self.classed.classes[rows].astype(np.int64)
            yield IndexChunk.of(rows, places, classes, vectors)


def evaluate_saturation(
    library: EmbeddedImages,
    *,
    index: Filter | None = TRAIN,
    queries: Filter | None = TEST,
    relevance: str = "label",
    encoder: str | None = None,
    exclude: Sequence[str] = (),
    sizes: Sequence[int] = SIZES,
    draws: int = 10,
    seed: int = 0,
    progress: Progress = lambda _done, _total: None,
    resume_in: KeptWork | None = None,
) -> SaturationReport:
    """P@1 of the same queries with 1, 3, 10 … images of each class in the index, and with all.

    Every number is what `eval.ranking.rank` gives on the index of that size and draw. exclude: of
    `eval.exclusion.EXCLUSIONS`. Memory holds the query vectors, a few numbers of each query for
    every size and draw, and one chunk of the index, which is read once, and once again for queries
    that float32 cannot decide. Raises InvalidSetting; UnknownName; UsageError when there is nothing
    to search, to search for, or to score; InvalidVector.
    """
    if draws < 1:
        raise InvalidSetting(f"{draws} draws are none", hint="10 are usual", draws=draws)
    sizes = check_sizes(sizes)
    roles = {"index": index, "queries": queries}
    classed = read_classed_images(library, roles, relevance, excluded_columns(exclude))
    for role in roles:
        require_images(classed, role, f"--{role}")
    gathered = gather(library, classed.images, classed.roles["queries"], encoder)
    searched_for = _Index(
        library, classed, encoder, np.flatnonzero(classed.roles["index"] & gathered.known)
    )
    if not len(searched_for.rows):
        raise UsageError(
            "there is no index image with an embedding",
            hint="choose other images with --index, or ingest them with this encoder first",
        )
    order = np.argsort(classed.classes[gathered.rows], kind="stable")
    asked = Searched(
        gathered.vectors[order],
        classed.classes[gathered.rows[order]].astype(np.int64),
        gathered.rows[order],
        exclusion_of(classed.images, gathered.rows[order], exclude),
    )
    sizes = sizes_of(searched_for.classes, sizes)
    levels = draw_levels(
        searched_for.classes, classed.patients[searched_for.rows], sizes, draws, seed
    )
    step = max(1, AT_ONCE // (len(sizes) * len(asked.rows)))
    parts = []
    for start in range(0, draws, step):
        some = levels[start : start + step]
        done = _Passes(progress, start, min(start + step, draws), draws, len(searched_for.rows))
        parts.append(_nearest_is_own(asked, searched_for, some, len(sizes), done, resume_in))
    hits, answerable = (np.concatenate(each) for each in zip(*parts, strict=True))
    return _report(
        classed,
        asked,
        searched_for,
        sizes,
        hits,
        answerable,
        encoder=encoder or library.encoder_id,
        exclude=tuple(exclude),
        draws=draws,
        seed=seed,
        without_vector={role: int((classed.roles[role] & ~gathered.known).sum()) for role in roles},
    )


@dataclass(frozen=True, slots=True)
class _Passes:
    """Progress over all draws, of which those from `first` to `last` are at work. The second pass
    counts as no more: it is short."""

    progress: Progress
    first: int
    last: int
    draws: int
    rows: int

    def __call__(self, rows: int) -> None:
        self.progress(
            self.first * self.rows + rows * (self.last - self.first), self.draws * self.rows
        )


def _nearest_is_own(
    asked: Searched,
    index: _Index,
    levels: Levels,
    n_sizes: int,
    done: _Passes,
    resume_in: KeptWork | None,
) -> tuple[Mask, Mask]:
    """Whether the nearest image is of the query's class, and whether the index has any of it that
    the query may find: (draws, sizes, queries)."""
    depends_on = (asked.vectors, asked.rows, asked.exclusion.of_rows, index.rows, levels)
    named = repr((index.encoder, index.classed.relevance, n_sizes)).encode()
    saved = SavedState(resume_in, "saturation", (*depends_on, named))
    greatest = Greatest.nothing(len(levels), n_sizes, len(asked.rows))
    searched = np.zeros(len(index.classed.images), dtype=bool)
    if (kept := saved.load()) is not None:
        greatest, searched = Greatest(kept["own"], kept["other"]), kept["searched"]
    for chunk in index.chunks(without=searched.copy()):
        take_in(greatest, asked, chunk, levels)
        searched[chunk.rows] = True
        if saved.is_due:
            saved.save(_arrays(greatest, searched))
        done(int(searched.sum()))
    saved.finish(_arrays(greatest, searched))
    within = greatest.of_indexes()
    tolerance = rounding(asked.vectors.shape[1])
    hits = within.own > within.other
    undecided = too_close(within, tolerance)
    unsure = np.flatnonzero(undecided.any(axis=(0, 1)))
    if len(unsure):
        calls = CloseCalls(
            asked.at(unsure),
            Greatest(within.own[:, :, unsure], within.other[:, :, unsure]),
            undecided[:, :, unsure],
            levels,
            tolerance,
        )
        for chunk in index.chunks():
            calls.take_in(chunk)
        some = hits[:, :, unsure]
        calls.decide(some)
        hits[:, :, unsure] = some
    return hits, np.isfinite(within.own)


def _arrays(greatest: Greatest, searched: Mask) -> Arrays:
    return {"own": greatest.own, "other": greatest.other, "searched": searched}


def _report(
    classed: ClassedImages,
    asked: Searched,
    index: _Index,
    sizes: Sequence[int],
    hits: Mask,
    answerable: Mask,
    *,
    encoder: str,
    exclude: tuple[str, ...],
    draws: int,
    seed: int,
    without_vector: Mapping[str, int],
) -> SaturationReport:
    ever = answerable[0, -1]
    apart = Counter(classed.names[code] for code in asked.classes[~ever].tolist())
    if not ever.any():
        raise UsageError(
            f"none of the {len(ever)} queries has its {classed.relevance} in the index",
            hint="choose an index and queries that share classes",
        )
    counts = np.bincount(index.classes)
    steps = []
    for place, size in enumerate(sizes):
        found = [
            summarise(hit[scored].astype(np.float64)[:, None], asked.classes[scored])[0]
            for hit, scored in zip(hits[:, place], answerable[:, place], strict=True)
        ]
        steps.append(
            Step(
                size=size,
                n_index=int(np.minimum(counts, size).sum()),
                n_queries=float(answerable[:, place].sum(axis=1).mean()),
                micro=spread([each.micro for each in found]),
                macro=spread([each.macro for each in found]),
            )
        )
    return SaturationReport(
        relevance=classed.relevance,
        encoder=encoder,
        n_queries=int(ever.sum()),
        n_index=len(index.rows),
        n_classes=int((counts > 0).sum()),
        steps=tuple(steps),
        draws=draws,
        seed=seed,
        unanswerable=dict(apart.most_common()),
        left_out=classed.left_out,
        without_vector=without_vector,
        overlap=len(np.intersect1d(asked.rows, index.rows, assume_unique=True)),
        exclude=exclude,
    )

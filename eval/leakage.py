"""Leakage: images in the index that make a query easy for a reason other than what it shows.

The same image again, nearly the same one, or another of the same patient; and how much of the
measured precision is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from eval.embedded_rows import collect
from eval.images import Codes, EmbeddedImages, Images, Mask, Rows, read_images
from eval.metrics import P
from eval.ranking import Progress, rank
from eval.relevance import relevance_of
from eval.retrieval import Question, evaluate_retrieval
from eval.retrieval.report import Numbers, finite
from eval.saved_state import KeptWork
from radalike.errors import InvalidSetting, UsageError

AT = (P(1), P(3), P(5), P(10))

NEAR = 0.05
"""Images are nearly the same when their distance (1 - cosine) is at most this part of the mean
distance of two images. Encoders differ in how similar any two images are (a cosine of 0.4 for one,
of 0.8 for another), so one cosine for all would mean nothing; with this part, the pairs found in
the data sets we looked at were the same slice saved twice, or the next one."""

HIGHEST = 1 - 1e-6
"""A threshold above it would miss equal vectors, by rounding."""

QUANTILES = {"median": 0.5, "90 %": 0.9, "99 %": 0.99, "largest": 1.0}

SAME_PATIENT, DUPLICATES = "same-patient", "duplicates"


@dataclass(frozen=True, slots=True)
class SharedImages:
    """contents: how many images (by the hash of their pixels) two splits have in common."""

    splits: tuple[str, str]
    contents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """P@N without what `exclude` names. micro, macro: of n_queries, those that still have a hit in
    the index. untested: why there is nothing, empty where there is."""

    exclude: tuple[str, ...]
    n_queries: int = 0
    micro: Numbers | None = None
    macro: Numbers | None = None
    untested: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakageReport:
    """shared: images in two splits of the library. duplicates: queries whose very image is in the
    index; of_another_class: those of them that are of another class there. near_duplicates: other
    queries with an image in the index, of another or an unknown patient, of a cosine similarity of
    at least `near`; nearest: quantiles of the highest such similarity of each query. with_patient:
    images whose patient is known, by role. same_patient: queries whose patient is in the index.
    effects: as asked, then without each, then without all.
    """

    encoder: str
    relevance: str
    n_queries: int
    n_index: int
    shared: tuple[SharedImages, ...]
    duplicates: int
    of_another_class: int
    near: float
    near_duplicates: int
    nearest: Mapping[str, float]
    with_patient: Mapping[str, int]
    same_patient: int
    effects: tuple[Effect, ...]


def evaluate_leakage(
    library: EmbeddedImages,
    question: Question | None = None,
    *,
    near: float | None = None,
    encoder: str | None = None,
    progress: Progress = lambda _done, _total: None,
    resume_in: KeptWork | None = None,
) -> LeakageReport:
    """How far the index of `question` gives its queries away.

    near: a cosine similarity; None: from NEAR and the queries' own. The index is searched once for
    near duplicates and once for each effect. Raises what `evaluate_retrieval` does.
    """
    if near is not None and not -1 <= near <= 1:
        raise InvalidSetting(f"{near} is no cosine similarity", hint="0.95 to 0.999 are usual")
    question = replace(question or Question(), metrics=AT)
    relevance = relevance_of(question.relevance)
    images = read_images(
        library,
        {"library": None, "index": question.index, "queries": question.queries},
        {"content", "patient", "split", relevance.column},
    )
    index, queries = images.roles["index"], images.roles["queries"]
    patients = images.columns["patient"].codes
    with_patient = {
        role: int((patients[images.roles[role]] >= 0).sum()) for role in ("queries", "index")
    }
    wanted = _exclusions(question, with_patient)
    steps = 1 + sum(not why for _, why in wanted)
    ranking = rank(
        library,
        images,
        index=index,
        queries=queries,
        k=1,
        encoder=encoder,
        exclude=(SAME_PATIENT, DUPLICATES),
        progress=_step(progress, 0, steps),
        resume_in=resume_in,
    )
    nearest = ranking.scores[:, 0][np.isfinite(ranking.scores[:, 0])]
    if near is None:
        near = _near(library, images, queries, encoder)
    effects = []
    done = 1
    for exclude, why in wanted:
        if why:
            effects.append(Effect(exclude=exclude, untested=why))
            continue
        moved = _step(progress, done, steps)
        asked = replace(question, exclude=exclude)
        found = _effect(library, asked, encoder, moved, resume_in, may_fail=bool(effects))
        effects.append(found)
        done += 1
    same, conflicting = _duplicates(images, relevance.column, index, queries)
    return LeakageReport(
        encoder=ranking.encoder,
        relevance=question.relevance,
        n_queries=int(queries.sum()),
        n_index=int(index.sum()),
        shared=_shared(images),
        duplicates=same,
        of_another_class=conflicting,
        near=near,
        near_duplicates=int((nearest >= near).sum()),
        nearest={
            name: float(np.quantile(nearest, at)) for name, at in QUANTILES.items() if len(nearest)
        },
        with_patient=with_patient,
        same_patient=len(_also_in(patients, index, np.flatnonzero(queries))),
        effects=tuple(effects),
    )


def _exclusions(
    question: Question, with_patient: Mapping[str, int]
) -> list[tuple[tuple[str, ...], str]]:
    """What is left out in each effect, and why it cannot be tested."""
    unknown = [
        f"no patient is known for the {role} images"
        if role == "index"
        else "no patient is known for the queries"
        for role, count in with_patient.items()
        if not count
    ]
    why = " and ".join(unknown)
    if len(unknown) == len(with_patient):
        why = "no patient is known for any image"
    variants: dict[tuple[str, ...], str] = {}
    for more in ((), (SAME_PATIENT,), (DUPLICATES,), (SAME_PATIENT, DUPLICATES)):
        exclude = tuple(dict.fromkeys((*question.exclude, *more)))
        variants.setdefault(exclude, why if SAME_PATIENT in more else "")
    return list(variants.items())


def _effect(
    library: EmbeddedImages,
    question: Question,
    encoder: str | None,
    progress: Progress,
    resume_in: KeptWork | None,
    *,
    may_fail: bool,
) -> Effect:
    try:
        report = evaluate_retrieval(
            library, question, encoder=encoder, progress=progress, resume_in=resume_in
        )
    except UsageError as exc:
        if not may_fail:
            raise
        # Without its leaks, the index may have no hit for any query. That is a finding.
        return Effect(exclude=question.exclude, untested=str(exc))
    return Effect(
        exclude=question.exclude, n_queries=report.n_queries, micro=report.micro, macro=report.macro
    )


def _near(library: EmbeddedImages, images: Images, queries: Mask, encoder: str | None) -> float:
    """The similarity at which two images count as nearly the same; see NEAR."""
    _, vectors = collect(library, images, queries, encoder)
    n = len(vectors)
    total = vectors.sum(axis=0, dtype=np.float64)
    similarity = float(total @ total - n) / (n * (n - 1)) if n > 1 else 0.0
    return min(1 - NEAR * (1 - similarity), HIGHEST)


def _also_in(codes: Codes, index: Mask, queries: Rows) -> Rows:
    """Those of `queries` (rows) whose code another image of the index has."""
    known = codes[index]
    counts = np.bincount(known[known >= 0], minlength=int(codes.max(initial=-1)) + 1)
    asked = queries[codes[queries] >= 0]
    others = counts[codes[asked]] - index[asked]
    return asked[others > 0]


def _duplicates(images: Images, column: str, index: Mask, queries: Mask) -> tuple[int, int]:
    """Queries whose image is in the index, and those of them that are of another class there."""
    contents, classes = images.columns["content"].codes, images.columns[column].codes
    same = _also_in(contents, index, np.flatnonzero(queries))
    known = np.flatnonzero(index & (classes >= 0))
    n_contents = len(images.columns["content"].names)
    lowest = np.full(n_contents, np.iinfo(np.int32).max, dtype=np.int64)
    highest = np.full(n_contents, -1, dtype=np.int64)
    np.minimum.at(lowest, contents[known], classes[known])
    np.maximum.at(highest, contents[known], classes[known])
    own, at = classes[same], contents[same]
    differs = (own >= 0) & (highest[at] >= 0) & ((lowest[at] != own) | (highest[at] != own))
    return len(same), int(differs.sum())


def _shared(images: Images) -> tuple[SharedImages, ...]:
    splits, contents = images.columns["split"], images.columns["content"].codes
    of_split = {
        name: np.unique(contents[splits.codes == code]) for code, name in enumerate(splits.names)
    }
    return tuple(
        SharedImages((a, b), len(np.intersect1d(of_split[a], of_split[b], assume_unique=True)))
        for a, b in combinations(of_split, 2)
    )


def _step(progress: Progress, number: int, steps: int) -> Progress:
    """One of several searches of the same index."""
    return lambda done, total: progress(number * total + done, steps * total)


def as_json(report: LeakageReport) -> dict[str, object]:
    """Plain JSON values; a number that does not exist is null. No image is named."""
    return {
        "encoder": report.encoder,
        "relevance": report.relevance,
        "n_queries": report.n_queries,
        "n_index": report.n_index,
        "shared_between_splits": [
            {"splits": list(each.splits), "images": each.contents} for each in report.shared
        ],
        "duplicates": report.duplicates,
        "duplicates_of_another_class": report.of_another_class,
        "near": report.near,
        "near_duplicates": report.near_duplicates,
        "nearest": dict(report.nearest),
        "with_patient": dict(report.with_patient),
        "same_patient": report.same_patient,
        "effects": [
            {
                "exclude": list(effect.exclude),
                "n_queries": effect.n_queries,
                "micro": _finite(effect.micro),
                "macro": _finite(effect.macro),
                "untested": effect.untested or None,
            }
            for effect in report.effects
        ],
    }


def _finite(numbers: Numbers | None) -> dict[str, float | None] | None:
    return None if numbers is None else {name: finite(value) for name, value in numbers.items()}

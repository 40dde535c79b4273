"""Each setting of an index against exact search, under filters of several selectivities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from eval.ann.asking import ask, searched_with
from eval.ann.judging import Exact, Guard, measure
from eval.ann.opening import built_version, check_built, opened, resolved
from eval.ann.report import AnnReport, Measured, Offered, SettingReport, setting_from
from eval.ann.sampling import Asked, choose
from eval.ann.settings import Setting, default_settings
from eval.finished_steps import FinishedSteps
from eval.images import Mask
from eval.ranking import rank
from eval.relevance import Relevance, relevance_of
from eval.saved_state import KeptWork, Parts
from radalike.filters import Filter
from radalike.index.backend import Index
from radalike.library import Library

DEPTHS = (10, 100)
"""How many hits are asked for."""

SHARES = (1.0, 0.25, 0.02, 0.001)
"""Of all images, that filters let pass."""

Progress = Callable[[int, int], None]
"""Called with the steps done and all of them; a step is a search, or a vector that is read."""


class _Steps:
    """Counts for a progress bar."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def advance(self, steps: int) -> None:
        self._done += steps
        self._progress(self._done, self._total)


@dataclass(frozen=True, slots=True)
class _Measurement:
    """One setting, as it is `resolved`, under one filter, by its place."""

    setting: Setting
    number: int

    @property
    def step(self) -> str:
        return f"{self.setting} under filter {self.number}"


def evaluate_ann(
    library: Library,
    settings: Sequence[Setting] = (),
    *,
    queries: Filter | None = None,
    relevance: str = "label",
    sample: int = 1000,
    shares: Sequence[float] = SHARES,
    tolerance: float = 0.002,
    draws: int = 1000,
    seed: int = 0,
    progress: Progress = lambda _done, _total: None,
    resume_in: KeptWork | None = None,
) -> AnnReport:
    """Recall, rank-biased overlap, change of P@1 and P@10, and latency of each of `settings`
    (default: `default_settings`), over all images of the library that have a vector.

    queries: those that are asked, at most `sample` of them, drawn by `seed`. shares: of images that
    filters are to let pass. tolerance: how far P@10 may fall. What has to be built is built aside
    and removed, also when this is interrupted. resume_in: what an interrupted run has measured
    there, of the same images and indexes, is not measured again.
    Raises UsageError when there is nothing to ask or to find, and what `opened` does.
    """
    given = tuple(settings) or default_settings(library.settings.backend)
    names: dict[Setting, str] = {}
    for each in given:
        names.setdefault(resolved(each, library.settings.backend), str(each))
    chosen = list(names)
    if any(each.storage is None and each.backend != "exact" for each in chosen):
        check_built(library)  # before anything takes long
    by = relevance_of(relevance)
    asked = choose(
        library, queries, by, sample=sample, shares=shares, least=DEPTHS[0] + 1, seed=seed
    )
    n_index = int(asked.covered.sum())
    guard = Guard(tolerance, draws, seed)
    finished = FinishedSteps(
        resume_in,
        "ann",
        [repr((names, queries, relevance, sample, tuple(shares), guard)).encode()],
        _found_in(library, asked),
    )
    every = [_Measurement(each, n) for each in chosen for n in range(len(asked.filters))]
    taken = {one: found for one in every if (found := finished.take(one.step)) is not None}
    reports = {one: setting_from(found) for one, found in taken.items()}
    left = [one for one in every if one not in reports]
    steps = _Steps(_all_steps(left, asked, n_index), progress)
    exact = {
        number: _exact(library, asked, number, by, steps, resume_in)
        for number in dict.fromkeys(one.number for one in left)
    }
    for index in dict.fromkeys(_index_of(one.setting) for one in left):
        with opened(library, index, steps.advance) as engine:
            for one in left:
                if _index_of(one.setting) == index:
                    measured = _measured(library, engine, one, asked, exact, by, guard, steps)
                    reports[one] = _report(names[one.setting], engine, measured)
                    finished.keep(one.step, asdict(reports[one]))
    finished.finish()
    return AnnReport(
        encoder=library.encoder_id,
        relevance=relevance,
        n_index=n_index,
        n_queries=len(asked.queries),
        n_could_be_asked=asked.could_be,
        filters=tuple(_offered(asked, n_index)),
        missing=asked.missing,
        settings=tuple(
            _joined([reports[one] for one in every if one.setting == each]) for each in chosen
        ),
        tolerance=tolerance,
        least_recall=guard.least_recall,
        draws=draws,
        seed=seed,
        resumed=len(taken),
    )


def _found_in(library: Library, asked: Asked) -> Parts:
    """All that measurements depend on, besides what was asked for."""
    images = asked.images
    yield from (images.ids, asked.covered, asked.queries)
    # In order: which comes first is another in each process.
    for role in sorted(images.roles):
        yield images.roles[role]
    for name in sorted(images.columns):
        yield images.columns[name].codes
        yield repr((name, images.columns[name].names)).encode()
    parts = [(part.name, part.sha256) for part in library.catalog.parts(library.fingerprint)]
    filters = [str(each) for each in asked.filters]
    yield repr((library.fingerprint, parts, filters, built_version(library), DEPTHS)).encode()


def _index_of(setting: Setting) -> Setting:
    """What a setting has in common with all that search the same index."""
    return Setting(setting.backend, setting.storage)


def _all_steps(left: Sequence[_Measurement], asked: Asked, n_index: int) -> int:
    searches = len(left) * len(DEPTHS) * len(asked.queries)
    indexes = {_index_of(each.setting) for each in left}
    read = sum(each.storage is not None or each.backend == "exact" for each in indexes)
    return searches + (read + len({each.number for each in left})) * n_index


def _exact(
    library: Library,
    asked: Asked,
    number: int,
    relevance: Relevance,
    steps: _Steps,
    resume_in: KeptWork | None,
) -> Exact:
    ranking = rank(
        library,
        asked.images,
        index=_passing(asked, number),
        queries=asked.asking,
        k=DEPTHS[-1],
        resume_in=resume_in,
    )
    steps.advance(int(asked.covered.sum()))
    return Exact.of(asked.images, ranking, relevance)


def _passing(asked: Asked, number: int) -> Mask:
    return np.asarray(asked.images.roles[str(number)] & asked.covered)


def _offered(asked: Asked, n_index: int) -> Iterator[Offered]:
    for number, each in enumerate(asked.filters):
        passing = int(_passing(asked, number).sum())
        yield Offered(
            filter=str(each), wanted=each.wanted, share=passing / n_index, n_images=passing
        )


def _measured(
    library: Library,
    engine: Index,
    one: _Measurement,
    asked: Asked,
    exact: Mapping[int, Exact],
    relevance: Relevance,
    guard: Guard,
    steps: _Steps,
) -> Measured:
    seen = searched_with(library, engine.tuned(one.setting.tuning))
    chosen = asked.filters[one.number]
    answers = {k: ask(seen, asked, k, chosen.condition, steps.advance) for k in DEPTHS}
    return measure(str(chosen), exact[one.number], answers, relevance, guard)


def _report(name: str, engine: Index, measured: Measured) -> SettingReport:
    info = engine.info()
    return SettingReport(
        setting=name,
        backend=info.backend,
        points=info.points,
        indexed=info.indexed,
        filters=(measured,),
    )


def _joined(reports: Sequence[SettingReport]) -> SettingReport:
    """Those of one setting, under one filter each."""
    return replace(reports[0], filters=tuple(each.filters[0] for each in reports))

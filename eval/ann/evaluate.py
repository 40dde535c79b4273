"""Each setting of an index against exact search, under filters of several selectivities."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eval.ann.asking import ask, searched_with
from eval.ann.judging import Exact, Guard, measure
from eval.ann.opening import check_built, opened, resolved
from eval.ann.report import AnnReport, Measured, Offered, SettingReport
from eval.ann.sampling import Asked, choose
from eval.ann.settings import Setting, default_settings
from eval.ranking import rank
from eval.relevance import Relevance, relevance_of
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
) -> AnnReport:
    """Recall, rank-biased overlap, change of P@1 and P@10, and latency of each of `settings`
    (default: `default_settings`), over all images of the library that have a vector.

    queries: those that are asked, at most `sample` of them, drawn by `seed`. shares: of images that
    filters are to let pass. tolerance: how far P@10 may fall. What has to be built is built aside
    and removed, also when this is interrupted.
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
    steps = _Steps(_all_steps(chosen, asked, n_index), progress)
    exact = [_exact(library, asked, number, by, steps) for number in range(len(asked.filters))]
    guard = Guard(tolerance, draws, seed)
    reports: dict[str, SettingReport] = {}
    for index in _indexes(chosen):
        with opened(library, index, steps.advance) as engine:
            for each in chosen:
                if _index_of(each) == index:
                    seen = searched_with(library, engine.tuned(each.tuning))
                    measured = _under_each_filter(seen, asked, exact, by, guard, steps)
                    reports[names[each]] = _report(names[each], engine, measured)
    return AnnReport(
        encoder=library.encoder_id,
        relevance=relevance,
        n_index=n_index,
        n_queries=len(asked.queries),
        n_could_be_asked=asked.could_be,
        filters=tuple(
            Offered(
                filter=str(each),
                wanted=each.wanted,
                share=len(found.ranking.index) / n_index,
                n_images=len(found.ranking.index),
            )
            for each, found in zip(asked.filters, exact, strict=True)
        ),
        missing=asked.missing,
        settings=tuple(reports[name] for name in names.values()),
        tolerance=tolerance,
        least_recall=guard.least_recall,
        draws=draws,
        seed=seed,
    )


def _index_of(setting: Setting) -> Setting:
    """What a setting has in common with all that search the same index."""
    return Setting(setting.backend, setting.storage)


def _indexes(chosen: Sequence[Setting]) -> list[Setting]:
    return list(dict.fromkeys(_index_of(each) for each in chosen))


def _all_steps(chosen: Sequence[Setting], asked: Asked, n_index: int) -> int:
    searches = len(chosen) * len(asked.filters) * len(DEPTHS) * len(asked.queries)
    read = sum(each.storage is not None or each.backend == "exact" for each in _indexes(chosen))
    return searches + (read + len(asked.filters)) * n_index


def _exact(
    library: Library, asked: Asked, number: int, relevance: Relevance, steps: _Steps
) -> Exact:
    passing = asked.images.roles[str(number)] & asked.covered
    ranking = rank(library, asked.images, index=passing, queries=asked.asking, k=DEPTHS[-1])
    steps.advance(int(asked.covered.sum()))
    return Exact.of(asked.images, ranking, relevance)


def _under_each_filter(
    library: Library,
    asked: Asked,
    exact: Sequence[Exact],
    relevance: Relevance,
    guard: Guard,
    steps: _Steps,
) -> tuple[Measured, ...]:
    measured = []
    for chosen, reference in zip(asked.filters, exact, strict=True):
        answers = {k: ask(library, asked, k, chosen.condition, steps.advance) for k in DEPTHS}
        measured.append(measure(str(chosen), reference, answers, relevance, guard))
    return tuple(measured)


def _report(name: str, engine: Index, measured: tuple[Measured, ...]) -> SettingReport:
    info = engine.info()
    return SettingReport(
        setting=name,
        backend=info.backend,
        points=info.points,
        indexed=info.indexed,
        filters=measured,
    )

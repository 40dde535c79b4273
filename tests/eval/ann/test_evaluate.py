"""The whole measurement, on a library of made vectors and real engines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eval.ann.evaluate
import eval.ann.opening
from eval.ann import AnnReport, as_json, evaluate_ann, parse_setting
from eval.ann.asking import ask, searched_with
from eval.ann.opening import opened, resolved
from eval.ann.sampling import choose
from eval.relevance import relevance_of
from eval.saved_state import KeptWork
from radalike.errors import IndexUnavailable, UsageError
from radalike.filters import eq
from radalike.library import Library
from tests.eval.ann.clusters import add_clusters, open_clusters

COUNT, SAMPLE = 600, 150
NAMES = ("exact", "built", "ef=200", "float32", "binary,rescore=no", "binary,oversampling=60")


@pytest.fixture(scope="module")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with open_clusters(tmp_path_factory.mktemp("clusters") / "library") as library:
        add_clusters(library, COUNT)
        library.build_index()
        yield library


@pytest.fixture(scope="module")
def report(clusters: Library) -> AnnReport:
    return evaluate_ann(clusters, [parse_setting(name) for name in NAMES], sample=SAMPLE, draws=200)


def test_what_was_measured(report: AnnReport) -> None:
    assert [each.setting for each in report.settings] == list(NAMES)
    assert (report.n_index, report.n_queries, report.n_could_be_asked) == (COUNT, SAMPLE, COUNT)
    assert [each.backend for each in report.settings] == ["exact", *["edge"] * 5]
    assert {each.points for each in report.settings} == {COUNT}
    assert [(each.filter, each.n_images) for each in report.filters] == [
        ("no filter", COUNT),
        ("modality=CT", 150),
        ("anatomy=chest", 12),
    ]
    assert [each.share for each in report.filters] == [1.0, 0.25, 0.02]
    assert report.missing == (0.001,)


def test_exact_search_is_the_reference(report: AnnReport) -> None:
    for measured in report.settings[0].filters:
        assert [each.recall for each in measured.depths] == [1.0, 1.0]
        assert all(change.difference == 0.0 for change in measured.changes)


def test_good_settings_pass(report: AnnReport) -> None:
    for each in report.settings[:4]:
        assert not each.failed
        assert all(one.depths[0].recall > 0.99 for one in each.filters)
        assert all(one.depths[0].rank_biased_overlap > 0.98 for one in each.filters)


def test_a_bad_setting_fails_by_what_it_costs(report: AnnReport) -> None:
    assert report.failed == ("binary,rescore=no",)
    whole = report.settings[4].filters[0]
    assert (whole.decided_by, whole.failed) == ("P@10", True)
    assert whole.changes[1].low <= whole.changes[1].difference <= whole.changes[1].high < -0.002
    assert whole.depths[0].recall < 0.9


def test_latencies_are_there(report: AnnReport) -> None:
    for each in report.settings:
        for measured in each.filters:
            assert [depth.k for depth in measured.depths] == [10, 100]
            for depth in measured.depths:
                assert 0 < depth.p50 <= depth.p95 <= depth.p99


def test_json_has_no_image(report: AnnReport, clusters: Library) -> None:
    written = json.dumps(as_json(report), allow_nan=False)
    assert not [image for image in clusters.metadata() if image in written]
    assert "patient-" not in written
    assert json.loads(written)["failed"] == ["binary,rescore=no"]


def test_the_same_seed_asks_the_same(report: AnnReport, clusters: Library) -> None:
    again = evaluate_ann(clusters, [parse_setting("exact")], sample=SAMPLE, draws=200)
    other = evaluate_ann(clusters, [parse_setting("exact")], sample=SAMPLE, draws=200, seed=1)
    exact = [each.settings[0].filters[0].changes[1].exact for each in (report, again, other)]
    assert exact[0] == exact[1] != exact[2]


def test_progress_ends_where_it_said(clusters: Library) -> None:
    seen: list[tuple[int, int]] = []
    evaluate_ann(
        clusters,
        [parse_setting(name) for name in ("exact", "built", "float32", "float32,ef=99")],
        sample=20,
        shares=[1.0, 0.25],
        progress=lambda done, total: seen.append((done, total)),
    )
    done, total = seen[-1]
    assert done == total
    assert [pair[0] for pair in seen] == sorted(pair[0] for pair in seen)


def without_latencies(report: AnnReport) -> AnnReport:
    """And without what a run says of an earlier one."""
    settings = []
    for each in report.settings:
        filters = [
            replace(one, depths=tuple(replace(d, p50=0, p95=0, p99=0) for d in one.depths))
            for one in each.filters
        ]
        settings.append(replace(each, filters=tuple(filters)))
    return replace(report, settings=tuple(settings), resumed=0)


GOING_ON: dict[str, Any] = {"sample": 20, "shares": [1.0, 0.25], "draws": 20}
"""Each of the settings below is measured under two filters."""


def test_an_interrupted_one_goes_on_with_the_next_measurement(
    clusters: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = [parse_setting(name) for name in ("exact", "int8", "built")]
    asked: list[int] = []
    built: list[object] = []
    real_ask, real_build = ask, eval.ann.opening.build_embedded_aside

    def counted(*given: Any) -> Any:
        if len(asked) == stop:
            raise KeyboardInterrupt
        asked.append(given[2])
        return real_ask(*given)

    def counted_build(*given: Any) -> None:
        built.append(given)
        real_build(*given)

    monkeypatch.setattr(eval.ann.evaluate, "ask", counted)
    monkeypatch.setattr(eval.ann.opening, "build_embedded_aside", counted_build)
    stop = -1
    whole = evaluate_ann(clusters, settings, **GOING_ON)
    asked.clear()
    stop = 9  # in the middle of the fifth of six measurements: four have both depths
    with pytest.raises(KeyboardInterrupt):
        evaluate_ann(clusters, settings, **GOING_ON, resume_in=KeptWork(tmp_path))
    assert len(built) == 2
    asked.clear()
    stop = -1
    seen: list[tuple[int, int]] = []
    with KeptWork(tmp_path) as kept:
        again = evaluate_ann(
            clusters,
            settings,
            **GOING_ON,
            resume_in=kept,
            progress=lambda done, total: seen.append((done, total)),
        )
    assert (again.resumed, len(asked), again.n_measured) == (4, 2 * 2, 6)
    assert as_json(again)["resumed"] == kept.resumed == 4
    assert len(built) == 2  # nothing of that index is left to be measured
    assert without_latencies(again) == without_latencies(whole)
    assert seen[-1][0] == seen[-1][1]
    assert not list(tmp_path.iterdir())


def test_what_is_measured_already_is_of_the_same_question_and_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = [parse_setting("exact"), parse_setting("built")]

    def begin(library: Library) -> None:
        """All but the last is measured."""
        left = iter(range(7))
        real = ask

        def some(*given: Any) -> Any:
            if next(left, None) is None:
                raise KeyboardInterrupt
            return real(*given)

        kept = KeptWork(tmp_path / "kept")
        with monkeypatch.context() as patch:
            patch.setattr(eval.ann.evaluate, "ask", some)
            with pytest.raises(KeyboardInterrupt):
                evaluate_ann(library, settings, **GOING_ON, resume_in=kept)

    def resumed(library: Library, **changed: Any) -> int:
        given = GOING_ON | changed
        return evaluate_ann(
            library, settings, **given, resume_in=KeptWork(tmp_path / "kept")
        ).resumed

    with open_clusters(tmp_path / "library") as library:
        add_clusters(library, 200)
        library.build_index()
        begin(library)
        for changed in ({"seed": 1}, {"tolerance": 0.1}):
            assert resumed(library, **changed) == 0
        assert not caplog.records
        assert resumed(library) == 3
        library.build_index(full=True)
        assert resumed(library) == 0
        assert "begins anew" in caplog.text
        caplog.clear()
        add_clusters(library, 50, start=200)
        library.build_index()
        assert resumed(library) == 0
        assert "begins anew" in caplog.text


def test_a_query_does_not_find_itself(clusters: Library) -> None:
    asked = choose(
        clusters, None, relevance_of("label"), sample=40, shares=[1.0, 0.25], least=11, seed=0
    )
    with opened(clusters, resolved(parse_setting("built"), "edge")) as index:
        for each in asked.filters:
            answers = ask(searched_with(clusters, index), asked, 10, each.condition)
            assert (answers.rows >= 0).all()
            assert not (answers.rows == asked.queries[:, None]).any()
            assert all(len(set(row)) == 10 for row in answers.rows.tolist())


def test_other_queries(clusters: Library) -> None:
    only = evaluate_ann(
        clusters, [parse_setting("built")], queries=eq("modality", "CT"), shares=[1.0]
    )
    assert (only.n_could_be_asked, only.n_queries, only.n_index) == (150, 150, COUNT)


def test_nothing_to_ask(clusters: Library) -> None:
    with pytest.raises(UsageError, match="no query image"):
        evaluate_ann(clusters, queries=eq("modality", "XR"))


def test_no_filter_there_is(clusters: Library) -> None:
    """Nothing measured is nothing passed."""
    with pytest.raises(UsageError, match="no filter of this library"):
        evaluate_ann(clusters, shares=[0.001])


def test_an_index_that_is_not_whole_is_said_at_once(tmp_path: Path) -> None:
    steps: list[int] = []
    with open_clusters(tmp_path / "library") as library:
        add_clusters(library, 50)
        with pytest.raises(IndexUnavailable, match="no built index"):
            evaluate_ann(library, progress=lambda done, _total: steps.append(done))
    assert steps == []


def test_images_without_labels(tmp_path: Path) -> None:
    """Recall decides, and a bad setting fails all the same."""
    with open_clusters(tmp_path / "library", backend="exact") as library:
        add_clusters(library, 200, labelled=False)
        report = evaluate_ann(
            library,
            [parse_setting(name) for name in ("exact", "edge,float16", "edge,binary")],
            shares=[1.0],
        )
    assert [each.filters[0].decided_by for each in report.settings] == ["recall@10"] * 3
    assert report.failed == ("edge,binary",)
    assert as_json(report)["settings"][0]["filters"][0]["changes"][1]["difference"] is None


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
@pytest.mark.filterwarnings("ignore:Local mode performs exact .brute-force. search")
def test_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from qdrant_client import QdrantClient

    client = QdrantClient(":memory:")
    monkeypatch.setattr(eval.ann.opening, "server_client", lambda _library: client)
    monkeypatch.setattr(client, "close", lambda: None)
    with open_clusters(tmp_path / "library", backend="server", qdrant_url="http://x") as library:
        add_clusters(library, 200)
        report = evaluate_ann(
            library,
            [parse_setting(name) for name in ("float16", "float32,ef=64", "edge")],
            sample=30,
            shares=[1.0],
        )
    assert [each.backend for each in report.settings] == ["server", "server", "edge"]
    assert all(each.filters[0].depths[0].recall > 0.98 for each in report.settings)
    assert not np.isnan(report.settings[0].filters[0].depths[0].p99)
    assert client.get_collections().collections == []

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import eval.retrieval
import radalike.cli.session
from eval.commands import register
from eval.retrieval import RetrievalReport
from radalike.filters import Filter, all_of, eq

REPORT = RetrievalReport(
    n_queries=1200,
    n_index=34567,
    relevance="label",
    encoder="some-encoder",
    micro={"P@1": 0.5941, "P@3": 0.5},
    macro={"P@1": 0.24, "P@3": 0.2},
    micro_std={"P@1": 0.49, "P@3": 0.4},
    macro_std={"P@1": 0.3, "P@3": float("nan")},
    unanswerable=7,
    left_out_queries=0,
    left_out_index=3,
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What the command asks of the evaluation, which answers with REPORT."""
    calls: list[tuple[object, ...]] = []

    def evaluate(
        library: object,
        index: Filter | None,
        queries: Filter | None,
        relevance: str = "label",
        *,
        encoder: str | None = None,
    ) -> RetrievalReport:
        calls.append((library, index, queries, relevance, encoder))
        return REPORT

    monkeypatch.setattr(eval.retrieval, "evaluate_retrieval", evaluate)
    monkeypatch.setattr(radalike.cli.session, "open_library", lambda library=None, **flags: library)
    return calls


def run(*arguments: str) -> str:
    app = typer.Typer()
    register(app)
    result = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, ["eval", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_study_s_splits_are_the_default(asked: list[tuple[object, ...]]) -> None:
    run("retrieval", "--json")
    assert asked == [(None, eq("split", "train"), eq("split", "test"), "label", None)]


def test_options_reach_the_evaluation(asked: list[tuple[object, ...]], tmp_path: Path) -> None:
    given = ["--index", "split=val", "--queries", "split=test", "--queries", "modality=CT"]
    run("retrieval", *given, "--relevance", "anatomy", "--encoder", "e", "--library", str(tmp_path))
    queries = all_of(eq("split", "test"), eq("modality", "CT"))
    assert asked == [(tmp_path, eq("split", "val"), queries, "anatomy", "e")]


@pytest.mark.usefixtures("asked")
def test_json_has_every_number() -> None:
    written = json.loads(run("retrieval", "--json"))
    assert written["n_queries"] == 1200
    assert written["micro"] == {"P@1": 0.5941, "P@3": 0.5}
    assert written["macro_std"] == {"P@1": 0.3, "P@3": None}


@pytest.mark.usefixtures("asked")
def test_the_table_has_means_and_deviations() -> None:
    written = " ".join(run("retrieval").split())  # however the title is wrapped
    for text in ("P@1", "0.594 ± 0.490", "0.240 ± 0.300", "34,567", "7 unanswerable", "index"):
        assert text in written
    assert "± nan" not in written


def test_help_shows_an_example() -> None:
    assert "radalike eval retrieval --queries" in run("retrieval", "--help")


def test_registering_loads_nothing_heavy() -> None:
    code = (
        "import sys, typer; from eval.commands import register; register(typer.Typer());"
        "print([name for name in ('numpy', 'faiss', 'pandas', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

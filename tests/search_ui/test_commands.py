from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import search_ui.server
from radalike.errors import LibraryNotFound
from radalike.settings import Settings
from search_ui.commands import register


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What the command would serve."""
    calls: list[tuple[object, ...]] = []

    def serve(library: Path, settings: Settings, *, headless: bool) -> None:
        calls.append((library, settings.host, settings.port, headless))

    monkeypatch.setattr(search_ui.server, "serve", serve)
    return calls


@pytest.fixture
def app() -> typer.Typer:
    application = typer.Typer()
    register(application)
    application.callback()(lambda: None)
    return application


def run(app: typer.Typer, *arguments: str) -> None:
    result = CliRunner().invoke(app, ["ui", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def test_options(app: typer.Typer, served: list[tuple[object, ...]], library_folder: Path) -> None:
    options = ["--port", "8600", "--host", "127.0.0.2", "--headless"]
    run(app, "--library", str(library_folder), *options)
    assert served == [(library_folder, "127.0.0.2", 8600, True)]


def test_defaults_are_the_settings(
    app: typer.Typer,
    served: list[tuple[object, ...]],
    library_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(library_folder.parent)
    monkeypatch.setenv("RADALIKE_LIBRARY", library_folder.name)
    monkeypatch.setenv("RADALIKE_PORT", "8700")
    run(app)
    assert served == [(library_folder, "127.0.0.1", 8700, False)]


def test_a_library_that_is_not_there_stops_it_before_it_starts(
    app: typer.Typer, served: list[tuple[object, ...]], tmp_path: Path
) -> None:
    with pytest.raises(LibraryNotFound):
        run(app, "--library", str(tmp_path / "none"))
    assert served == []
    assert not (tmp_path / "none").exists()


def test_the_help_shows_an_example(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["ui", "--help"])
    assert "Example: radalike ui --library" in result.output

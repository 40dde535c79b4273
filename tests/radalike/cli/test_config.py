"""`radalike config`."""

from __future__ import annotations

from pathlib import Path

import pytest

from radalike.settings import SETTINGS_FILE, Settings
from tests.radalike.cli.conftest import Radalike


def test_json_has_every_setting_and_its_origin(
    radalike: Radalike, working_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (working_folder / SETTINGS_FILE).write_text("port = 9000\n")
    monkeypatch.setenv("RADALIKE_WORKERS", "3")
    shown = radalike("config", "--library", "mine", "--json").json
    assert set(shown) == set(Settings.model_fields)
    assert all(set(each) == {"value", "origin", "description"} for each in shown.values())
    assert (shown["library"]["value"], shown["library"]["origin"]) == ("mine", "flag")
    assert (shown["workers"]["value"], shown["workers"]["origin"]) == (3, "environment")
    assert (shown["port"]["value"], shown["port"]["origin"]) == (9000, "radalike.toml")
    assert (shown["host"]["value"], shown["host"]["origin"]) == ("127.0.0.1", "default")


def test_a_table(radalike: Radalike) -> None:
    answer = radalike("config")
    assert answer.code == 0
    for name in Settings.model_fields:
        assert name in answer.out


@pytest.mark.parametrize("extra", [(), ("--json",)])
def test_secrets_are_marked_and_not_shown(
    extra: tuple[str, ...], radalike: Radalike, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADALIKE_QDRANT_API_KEY", "hunter2")
    monkeypatch.setenv("RADALIKE_CATALOG_URL", "postgresql://user:hunter3@host/name")
    answer = radalike("config", *extra)
    assert "hunter" not in answer.out + answer.err
    assert answer.out.count("(set)") == 2


def test_a_wrong_setting_is_exit_2(radalike: Radalike, working_folder: Path) -> None:
    (working_folder / SETTINGS_FILE).write_text("worker = 3\n")
    answer = radalike("config")
    assert answer.code == 2
    assert "unknown setting 'worker'. Did you mean workers?" in answer.err


def test_a_wrong_value_in_the_environment_is_not_repeated(
    radalike: Radalike, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADALIKE_PORT", "hunter2")
    answer = radalike("config")
    assert answer.code == 2
    assert "setting port:" in answer.err
    assert "hunter2" not in answer.err

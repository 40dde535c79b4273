"""Where settings come from, which wins, and what is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from radalike.errors import InvalidSetting, UnknownName
from radalike.settings import SETTINGS_FILE, Settings, load_settings, origins

SECRETS = ("qdrant_api_key", "catalog_url")


@pytest.fixture
def file(working_folder: Path) -> Path:
    return working_folder / SETTINGS_FILE


def test_defaults() -> None:
    settings = load_settings()
    assert settings.library == Path("radalike-library")
    assert settings.backend == "edge"
    assert settings.host == "127.0.0.1"
    assert set(origins().values()) == {"default"}


def test_flags_then_environment_then_file_then_default(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("batch_size = 5\nworkers = 5\nframes = 5\n")
    monkeypatch.setenv("RADALIKE_BATCH_SIZE", "6")
    monkeypatch.setenv("RADALIKE_WORKERS", "6")
    settings = load_settings(batch_size=7, device=None)
    assert (settings.batch_size, settings.workers, settings.frames) == (7, 6, 5)
    assert settings.device == "auto"
    came_from = origins(batch_size=7, device=None)
    assert came_from["batch_size"] == "flag"
    assert came_from["workers"] == "environment"
    assert came_from["frames"] == "radalike.toml"
    assert came_from["device"] == came_from["port"] == "default"
    assert set(came_from) == set(Settings.model_fields)


def test_the_file_can_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "mine.toml"
    elsewhere.write_text("port = 9000\n")
    monkeypatch.setenv("RADALIKE_CONFIG", str(elsewhere))
    assert load_settings().port == 9000
    assert origins()["port"] == "radalike.toml"


def test_a_file_that_was_named_and_is_not_there_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADALIKE_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(InvalidSetting):
        load_settings()


def test_an_unknown_setting_in_the_file_is_named_with_its_neighbour(file: Path) -> None:
    file.write_text("batchsize = 5\n")
    with pytest.raises(UnknownName, match="Did you mean batch_size"):
        load_settings()


def test_an_unknown_flag_is_named() -> None:
    with pytest.raises(UnknownName, match="librari"):
        load_settings(librari="x")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", "-1"),
        ("workers", "many"),
        ("backend", "faiss"),
        ("precision", "int8"),
        ("port", "65536"),
        ("part_seconds", "0"),
    ],
)
def test_an_impossible_value_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"RADALIKE_{name.upper()}", value)
    with pytest.raises(InvalidSetting, match=f"setting {name}:") as caught:
        load_settings()
    assert caught.value.data == {"setting": name}
    assert "radalike config" in caught.value.hint


@pytest.mark.parametrize("content", [b"library = ", b"\xff\xfe", b"batch_size: 3"])
def test_a_file_that_is_not_toml(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(InvalidSetting, match=r"radalike\.toml cannot be read"):
        load_settings()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        load_settings().port = 1


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_are_not_shown(name: str) -> None:
    settings = load_settings(**{name: "hunter2"})
    assert getattr(settings, name).get_secret_value() == "hunter2"
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "hunter2" not in shown


def test_every_setting_says_what_it_is() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name

"""`radalike encoders fetch | bundle | install | check`, as a stranger meets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peers.hub import Hub, Repository
from tests.radalike.cli.conftest import Radalike
from tests.radalike.encoders.hubs import hub, vit_repository

__all__ = ["hub"]

NAME = "hf:owner/vit"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return vit_repository(tmp_path_factory.mktemp("vit"))


@pytest.fixture
def vit(hub: Hub, repository: Repository) -> Hub:
    """A hub with a small ViT."""
    hub.repositories["owner/vit"] = repository
    return hub


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of this test's own."""
    monkeypatch.setenv("RADALIKE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_from_the_hub_to_a_machine_without_a_network(
    vit: Hub, radalike: Radalike, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = radalike("encoders", "check", NAME)
    assert missing.code == 3
    assert f"radalike encoders bundle {NAME} -o FILE" in missing.err
    file = tmp_path / "encoders.zip"
    answer = radalike("encoders", "bundle", NAME, "-o", file)
    assert answer.code == 0, answer.err
    assert f"{NAME}: 5 files" in answer.out
    assert "licence mit" in answer.out
    assert "radalike encoders install encoders.zip" in answer.out
    vit.asked.clear()
    monkeypatch.setenv("RADALIKE_HOME", str(tmp_path / "isolated"))
    answer = radalike("encoders", "install", file)
    assert answer.code == 0, answer.err
    assert f"{NAME}: installed (5 files" in answer.out
    again = radalike("encoders", "install", file)
    assert "was here already, and is whole" in again.out
    answer = radalike("encoders", "check", NAME)
    assert answer.code == 0
    assert "All is well." in answer.out
    assert vit.asked == []


def test_fetch(vit: Hub, radalike: Radalike) -> None:
    answer = radalike("encoders", "fetch", NAME)
    assert answer.code == 0, answer.err
    assert f"{NAME} is here now: 5 files" in answer.out
    assert f"hub:owner/vit at {vit.repositories['owner/vit'].commit}" in answer.out
    assert "licence  mit" in answer.out
    again = radalike("encoders", "fetch", NAME, "--json")
    assert again.json["new"] is False
    assert again.json["revision"] == vit.repositories["owner/vit"].commit
    assert {len(file["sha256"]) for file in again.json["files"]} == {64}
    assert "folder" not in again.json
    assert again.err == ""


def test_check_all_that_is_here_and_find_what_was_changed(
    vit: Hub, radalike: Radalike, home: Path
) -> None:
    radalike("encoders", "fetch", NAME)
    answer = radalike("encoders", "check", "--json")
    assert answer.code == 0
    assert answer.json["well"] is True
    assert list(answer.json["encoders"]) == [NAME]
    (config,) = (home / "encoders").rglob("config.json")
    config.write_text("{}")
    answer = radalike("encoders", "check")
    assert answer.code == 1
    assert "config.json is not what was fetched" in answer.words
    answer = radalike("encoders", "check", NAME, "--json")
    assert answer.code == 1
    assert answer.json["well"] is False


def test_without_anything_fetched_the_default_is_checked(radalike: Radalike) -> None:
    answer = radalike("encoders", "check")
    assert answer.code == 0
    assert "efficientnet-lite0" in answer.out
    assert "1280 dimensions, finite, of unit length" in answer.out


@pytest.mark.parametrize(
    ("arguments", "code", "said", "way_out"),
    [
        (("fetch", "efficientnet-lite0"), 2, "needs nothing to be fetched", "encoders check"),
        (("fetch", "efficientnet-lite"), 2, "Did you mean efficientnet-lite0", "encoders list"),
        (("fetch", "hf:owner/none"), 3, "knows no repository owner/none", "OWNER/NAME"),
        (("fetch", NAME, "--revision", "v1"), 2, "unknown revision", "main"),
        (("fetch", NAME, "--from", "x", "--revision", "1"), 2, "exclude each other", "leave one"),
        (("bundle", NAME, "-o", "/none/file"), 2, "/none/file cannot be written", "folder"),
        (("install", "/none/file"), 2, "there is no file /none/file", "path of the bundle"),
        (("check", "nonsense"), 2, "unknown encoder 'nonsense'", "encoders list"),
    ],
)
def test_what_goes_wrong_says_the_way_out(
    arguments: tuple[str, ...], code: int, said: str, way_out: str, vit: Hub, radalike: Radalike
) -> None:
    answer = radalike("encoders", *arguments)
    assert answer.code == code
    assert said in answer.err
    assert way_out in answer.err
    assert answer.out == ""
    answer = radalike("encoders", *arguments, "--json")
    assert answer.code == code
    assert said in answer.json["error"]
    assert answer.err == ""


def test_a_bundle_that_was_cut(vit: Hub, radalike: Radalike, tmp_path: Path) -> None:
    file = tmp_path / "encoders.zip"
    radalike("encoders", "bundle", NAME, "-o", file)
    file.write_bytes(file.read_bytes()[:-100])
    answer = radalike("encoders", "install", file)
    assert answer.code == 3
    assert "the bundle cannot be installed" in answer.err
    assert "copy it again" in answer.err


def test_a_checkpoint_that_is_not_understood_is_a_finding(
    hub: Hub,
    radalike: Radalike,
) -> None:
    hub.repositories["o/odd"] = Repository({"model.safetensors": b"x" * 2000})
    answer = radalike("encoders", "fetch", "hf:o/odd")
    assert answer.code == 0
    answer = radalike("encoders", "check", "hf:o/odd")
    assert answer.code == 1
    assert "it is understood" in answer.words

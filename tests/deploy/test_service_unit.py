"""deploy/radalike-listen.service: what it starts exists, as an ordinary user."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Callable, Sequence
from configparser import ConfigParser
from pathlib import Path

import pytest

UNIT = "deploy/radalike-listen.service"


@pytest.fixture(scope="module")
def unit(root: Path) -> ConfigParser:
    parser = ConfigParser(interpolation=None, delimiters=("=",), strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string((root / UNIT).read_text())
    return parser


def test_its_command_exists(
    unit: ConfigParser, complaints: Callable[[Sequence[str]], list[str]]
) -> None:
    words = shlex.split(unit["Service"]["ExecStart"])
    assert Path(words[0]).name == "radalike"
    assert complaints(["radalike", *words[1:]]) == []


def test_its_folders_are_those_it_is_given(unit: ConfigParser) -> None:
    service, words = unit["Service"], shlex.split(unit["Service"]["ExecStart"])
    given = {words[at - 1]: words[at] for at in range(2, len(words))}
    assert given["--library"].startswith(f"/var/lib/{service['StateDirectory']}/")
    assert service["Environment"] == f"RADALIKE_LIBRARY={given['--library']}"
    assert given["--health"].startswith(f"/run/{service['RuntimeDirectory']}/")
    assert given["--allow-aet-file"].startswith(f"/etc/{service['ConfigurationDirectory']}/")


def test_it_is_hardened_and_comes_back(unit: ConfigParser) -> None:
    service = unit["Service"]
    assert service["User"] not in ("", "root", "0")
    assert service["CapabilityBoundingSet"] == ""
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["Restart"] == "on-failure"
    assert "-HUP" in service["ExecReload"]


def test_systemd_understands_it(root: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    text = (root / UNIT).read_text().replace("/opt/radalike/bin/radalike", "/bin/true")
    text = text.replace("User=radalike", "User=root").replace("Group=radalike", "Group=root")
    path = tmp_path / "radalike-listen.service"
    path.write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", path], capture_output=True, text=True, check=False
    )
    assert path.name not in done.stderr, done.stderr

"""The Dockerfiles: what they copy exists, and what they run in the end is not root."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

DOCKERFILES = ("Dockerfile", "Dockerfile.cuda")


def instructions(path: Path) -> list[tuple[str, str]]:
    """(instruction, its text) in order, continued lines joined."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    pairs = (line.partition(" ") for line in joined.splitlines() if line.strip())
    return [(name, text.strip()) for name, _, text in pairs]


def copied(path: Path) -> set[str]:
    """Paths that come from the repository."""
    return {
        source
        for name, text in instructions(path)
        if name == "COPY" and not text.startswith("--from")
        for source in text.split()[:-1]
    }


@pytest.fixture(params=DOCKERFILES)
def dockerfile(root: Path, request: pytest.FixtureRequest) -> Path:
    path: Path = root / "deploy" / request.param
    return path


def test_what_is_copied_exists_and_the_build_may_see_it(root: Path, dockerfile: Path) -> None:
    ignore = dockerfile.with_name(f"{dockerfile.name}.dockerignore").read_text().splitlines()
    visible = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    assert "*" in ignore
    assert copied(dockerfile) == visible
    assert all((root / path).exists() for path in visible)


def test_every_package_is_in_the_image(root: Path, dockerfile: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["packages"]["find"]["include"]
    packages = {pattern.rstrip("*") for pattern in patterns}
    assert packages <= copied(dockerfile)
    assert project["project"]["readme"] in copied(dockerfile)


def test_the_extra_that_is_installed_exists(root: Path, dockerfile: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    extras = re.findall(r"\['optional-dependencies'\]\['(\w+)'\]", dockerfile.read_text())
    assert extras == ["postgres"]
    assert set(extras) <= set(project["optional-dependencies"])


def test_base_images_are_pinned_and_of_the_python_that_is_tested(
    root: Path, dockerfile: Path
) -> None:
    bases = [text.split()[0] for name, text in instructions(dockerfile) if name == "FROM"]
    assert len(set(bases)) == 1
    python = re.fullmatch(r"python:(3\.\d+)\.\d+-slim-[a-z]+", bases[0])
    assert python is not None
    makefile = (root / "Makefile").read_text()
    assert f"PYTHON ?= python{python[1]}\n" in makefile


def test_it_runs_as_an_ordinary_user(dockerfile: Path) -> None:
    users = [text for name, text in instructions(dockerfile) if name == "USER"]
    assert len(users) == 1
    number, _, group = users[0].partition(":")
    assert int(number) >= 10000
    assert int(group) >= 10000
    owner = next(text for name, text in instructions(dockerfile) if "useradd" in text)
    assert f"--uid {number}" in owner


def test_its_settings_exist(dockerfile: Path) -> None:
    from radalike.settings import Settings

    names = set(re.findall(r"\bRADALIKE_[A-Z_]+", dockerfile.read_text()))
    assert names
    assert names <= {f"RADALIKE_{field.upper()}" for field in Settings.model_fields}


def test_its_command_exists(
    dockerfile: Path, complaints: Callable[[Sequence[str]], list[str]]
) -> None:
    commands = [json.loads(text) for name, text in instructions(dockerfile) if name == "CMD"]
    assert len(commands) == 1
    assert commands[0][0] == "radalike"
    assert complaints(commands[0]) == []


def test_its_version_is_the_projects(root: Path, dockerfile: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert f'image.version="{project["version"]}"' in dockerfile.read_text()


def test_the_pinned_torch_is_found_in_the_constraints(root: Path) -> None:
    pattern = re.search(r"grep -E '(.+?)'", (root / "deploy" / "Dockerfile").read_text())
    assert pattern is not None
    found = re.findall(pattern[1], (root / "constraints.txt").read_text(), re.MULTILINE)
    assert sorted(found) == ["torch", "torchvision"]


def test_the_two_differ_only_in_what_a_gpu_needs(root: Path) -> None:
    one, other = (instructions(root / "deploy" / name) for name in DOCKERFILES)
    only = {name for name, text in set(one) ^ set(other)}
    assert only == {"ARG", "RUN", "LABEL", "ENV"}

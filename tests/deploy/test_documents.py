"""What the documents say: every setting, `make` target, command and file they name exists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "deploy/**/*.md", "docs/**/*.md")
    for path in ROOT.glob(pattern)
)

FENCED = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
READ = re.compile(r'(?:environ(?:\.get\(|\[)|^VARIABLE = )"(RADALIKE_[A-Z_]+)"', re.MULTILINE)
COMMAND = re.compile(
    r"^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:docker compose (?:exec|run)(?: -\S+)* \w+ )?(?:\S*/)?"
    r"(radalike(?: .*)?)$"
)


def code_of(text: str) -> Iterator[str]:
    """Lines of fenced blocks, comments cut off, and what stands between backticks."""
    for block in FENCED.findall(text):
        yield from (line.split(" #")[0].strip() for line in block.splitlines())
    yield from INLINE.findall(FENCED.sub("", text))


@pytest.fixture(params=DOCUMENTS, ids=str)
def document(root: Path, request: pytest.FixtureRequest) -> str:
    path: Path = root / request.param
    return path.read_text()


@pytest.fixture(scope="module")
def variables(root: Path, example_settings: Mapping[str, str]) -> set[str]:
    """Every RADALIKE_ variable that something reads."""
    from radalike.settings import Settings

    code = [
        path for name in ("radalike", "ingest", "tests") for path in (root / name).rglob("*.py")
    ]
    read = {name for path in code for name in READ.findall(path.read_text())}
    settings = {f"RADALIKE_{field.upper()}" for field in Settings.model_fields}
    return settings | read | set(example_settings)


@pytest.fixture(scope="module")
def targets(root: Path) -> set[str]:
    phony = re.search(r"^\.PHONY:(.*)$", (root / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    return set(phony[1].split())


def test_there_are_documents() -> None:
    names = {str(path) for path in DOCUMENTS}
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "deploy/README.md"} <= names


def test_variables_exist(document: str, variables: set[str]) -> None:
    assert set(re.findall(r"\bRADALIKE_[A-Z_]*[A-Z]", document)) <= variables


def test_make_targets_exist(document: str, targets: set[str]) -> None:
    named = {
        target
        for code in code_of(document)
        for target in re.findall(r"(?:^|\s)make ([a-z][a-z-]*)", code)
    }
    assert named <= targets


def test_commands_exist(document: str, complaints: Callable[[Sequence[str]], list[str]]) -> None:
    found = [match[1] for code in code_of(document) if (match := COMMAND.match(code))]
    wrong = {
        line: said
        for line in found
        if (said := complaints(shlex.split(re.split(r" [|>] ", line)[0])))
    }
    assert wrong == {}


def test_files_of_the_repository_exist(root: Path, document: str) -> None:
    folders = ("radalike", "ingest", "search_ui", "eval", "deploy", "tests", "docs", "benchmarks")
    named = {
        code
        for code in code_of(document)
        if code.startswith(tuple(f"{folder}/" for folder in folders))
        and not re.search(r"[<*… ]", code)
    }
    assert {name for name in named if not (root / name).exists()} == set()


def test_links_to_files_lead_somewhere(root: Path) -> None:
    dead = {
        (str(path), target)
        for path in DOCUMENTS
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", (root / path).read_text())
        if "://" not in target and not (root / path.parent / target).exists()
    }
    assert dead == set()


def test_the_deployment_guide_says_what_it_is_not(root: Path) -> None:
    text = (root / "deploy" / "README.md").read_text()
    assert "Research use only, not a medical device" in text


def test_the_deployment_guide_names_every_service_volume_and_file(root: Path) -> None:
    import yaml

    text = (root / "deploy" / "README.md").read_text()
    compose = yaml.safe_load((root / "docker-compose.yml").read_text())
    files = {path.name for path in (root / "deploy").iterdir()}
    ours = {name for name in files if not name.endswith((".md", ".dockerignore"))}
    named = set(INLINE.findall(text))
    assert set(compose["services"]) | set(compose["volumes"]) | ours <= named


def test_hooks_run_what_make_lint_runs(root: Path) -> None:
    import yaml

    configured = yaml.safe_load((root / ".pre-commit-config.yaml").read_text())
    hooks = [hook for each in configured["repos"] for hook in each["hooks"]]
    assert {each["repo"] for each in configured["repos"]} == {"local"}
    assert {hook["language"] for hook in hooks} == {"system"}
    makefile = (root / "Makefile").read_text()
    recipe = makefile[makefile.index("\nlint:") :].split("\n\n")[0]
    linters = {f".venv/bin/{name}" for name in re.findall(r"\$\(BIN\)/([\w-]+)", recipe)}
    assert {hook["entry"].split()[0] for hook in hooks} == linters

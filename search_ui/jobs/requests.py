"""What may be started from the page, as arguments of the `radalike` command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radalike.errors import UnknownName, UsageError
from search_ui.jobs.folders import resolve
from search_ui.jobs.job import JobKind

OptionValue = str | int | float | bool | Sequence[str] | Sequence[int] | None

_SELECTION = frozenset({"index", "queries", "relevance", "exclude", "seed"})
EVALUATIONS: Mapping[str, frozenset[str]] = {
    "retrieval": _SELECTION | {"metric", "by", "given", "draws", "published"},
    "knn": _SELECTION | {"validation", "k", "as-study", "temperature", "draws"},
    "space": frozenset({"images", "by", "neighbours", "sample", "seed"}),
    "saturation": _SELECTION | {"size", "draws"},
    "failures": _SELECTION | {"below", "examples", "leakage", "near"},
}
"""The options of each that may be given. None of them writes a file or names an image."""


@dataclass(frozen=True, slots=True)
class Request:
    """A command to run. private: the path of the folder it works on, and the names in it that are
    not the root's own: no one is told them."""

    kind: JobKind
    about: str
    arguments: tuple[str, ...]
    private: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any("\0" in argument for argument in self.arguments):
            raise UsageError("a value holds a NUL character", hint="leave it out")


def ingest_request(
    roots: Mapping[str, Path], root: str, relative: str, dataset: str = ""
) -> Request:
    """Raises UsageError, UnknownName for a folder that may not be ingested."""
    folder = resolve(roots, root, relative)
    below = folder.relative_to(roots[root].resolve()).parts
    about = f"a folder below {root}" if below else root
    named = (f"--dataset={dataset}",) if dataset else ()
    arguments = ("ingest", "--json", *named, "--", str(folder))
    return Request(JobKind.INGEST, about, arguments, private=(str(folder), *below))


def evaluation_request(
    kind: str, encoder: str = "", options: Mapping[str, OptionValue] | None = None
) -> Request:
    """options: by their names on the command line, without the dashes (`_` counts as `-`); None
    means: not given. Raises UnknownName."""
    if kind not in EVALUATIONS:
        raise UnknownName("evaluation", kind, EVALUATIONS)
    given = [f"--encoder={encoder}"] if encoder else []
    for name, value in (options or {}).items():
        name = name.replace("_", "-")
        if name not in EVALUATIONS[kind]:
            raise UnknownName(f"option of {kind}", name, EVALUATIONS[kind])
        given += _option(name, value)
    about = f"{kind} of {encoder}" if encoder else kind
    return Request(JobKind.EVALUATION, about, ("eval", kind, "--json", *given))


def index_build_request(*, full: bool = False, encoder: str = "") -> Request:
    given = ["--full"] if full else []
    given += [f"--encoder={encoder}"] if encoder else []
    about = "the whole index" if full else "what the index lacks"
    return Request(JobKind.INDEX_BUILD, about, ("index", "build", "--json", *given))


def _option(name: str, value: OptionValue) -> list[str]:
    """With its value in the same word, so that none can pass for an option."""
    if value is None:
        return []
    if isinstance(value, bool):
        return [f"--{name}"] if value else ["--no-leakage"] if name == "leakage" else []
    values = [value] if isinstance(value, str | int | float) else list(value)
    return [f"--{name}={each}" for each in values]

"""`python -m benchmarks [NAME…]`: every benchmark, or those that are named, as one JSON object."""

from __future__ import annotations

import ast
import json
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from importlib import import_module
from pathlib import Path
from textwrap import fill

NAMES = (
    "evaluation",
    "metrics",
    "exact_search",
    "search",
    "ingest",
    "pacs",
    "radiographs",
    "encoders",
    "statistics",
    "search_page",
)


def main() -> None:
    chosen = _arguments().name or NAMES
    print(
        json.dumps({name: import_module(f"benchmarks.{name}").run() for name in chosen}, indent=2)
    )


def _arguments() -> Namespace:
    parser = ArgumentParser(
        prog="python -m benchmarks",
        description="Ratios against a named peer or a physical limit, as one JSON object.\n\n"
        + "\n".join(_subject(name) for name in NAMES),
        epilog="Example: python -m benchmarks search pacs",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="*", help="one or more of these (default: all)")
    arguments = parser.parse_args()
    for name in arguments.name:
        if name not in NAMES:
            parser.error(f"there is no benchmark {name}: {', '.join(NAMES)}")
    return arguments


def _subject(name: str) -> str:
    """What the benchmark says first of itself, without importing what it needs."""
    said = ast.get_docstring(ast.parse(Path(__file__).with_name(f"{name}.py").read_text())) or ""
    first = " ".join(said.split("\n\n")[0].split()).split(". ")[0].removesuffix(".")
    return fill(first, 80, initial_indent=f"  {name:<14}", subsequent_indent=" " * 16)


if __name__ == "__main__":
    main()

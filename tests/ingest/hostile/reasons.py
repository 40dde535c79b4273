"""Whether the reason of a reject is a text of the program's own, with numbers at most."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parents[3]
_WHERE = ("radalike/imaging", "radalike/library", "radalike/sandbox", "ingest")
_NUMBER = r"(?:[0-9]{1,5}|[0-9]{1,3}(?:,[0-9]{3})+)"  # eight digits would be a date


def is_our_own(reason: str) -> bool:
    """Whether `reason` stands in the source as it is, with numbers for its placeholders."""
    return bool(_ours().fullmatch(reason))


@cache
def _ours() -> re.Pattern[str]:
    patterns = {
        pattern
        for folder in _WHERE
        for path in sorted((_ROOT / folder).rglob("*.py"))
        for pattern in _texts(ast.parse(path.read_text()))
    }
    return re.compile("|".join(f"(?:{pattern})" for pattern in sorted(patterns)))


def _texts(tree: ast.AST) -> Iterator[str]:
    """A pattern of each text literal of more than one word, of f-strings as a whole."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if " " in node.value and "\n" not in node.value:
                yield re.escape(node.value)
        elif isinstance(node, ast.JoinedStr):
            words = [part for part in node.values if isinstance(part, ast.Constant)]
            if any(" " in str(word.value) for word in words):
                yield "".join(
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else _NUMBER
                    for part in node.values
                )

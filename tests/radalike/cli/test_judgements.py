"""`radalike judgements`."""

from __future__ import annotations

from pathlib import Path

import pytest

from radalike.library.audit.audit import AuditAction
from tests.radalike.cli.conftest import Radalike
from tests.radalike.library.erasures import ids_of, images, open_small


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A library without marks."""
    with open_small(tmp_path / "library", backend="exact") as library:
        library.add(images("p", range(3), "a"))
        return library.layout.root


@pytest.fixture
def marked(root: Path) -> tuple[str, str, str]:
    """A query that is an image, a query by text, and the image that was marked."""
    with open_small(root, backend="exact") as library:
        query, image, _ = sorted(ids_of(library, "p"))
        key = library.judgements.text_key("effusion")
        library.judgements.mark(image, True, who="jane", encoder="e", query=query)
        library.judgements.mark(image, False, who="john", encoder="e", key=key)
    return query, key, image


def test_nothing_yet(radalike: Radalike, root: Path) -> None:
    assert "Nothing has been marked yet" in radalike("judgements", "list", "--library", root).out
    assert radalike("judgements", "list", "--library", root, "--json").json == []


def test_list(radalike: Radalike, root: Path, marked: tuple[str, str, str]) -> None:
    query, key, image = marked
    first, second = radalike("judgements", "list", "--library", root, "--json").json
    assert (first["query"], first["query_key"], first["relevant"]) == (query, None, True)
    assert (second["query"], second["query_key"], second["who"]) == (None, key, "john")
    assert first["image"] == second["image"] == image
    answer = radalike("judgements", "list", "--library", root, "--who", "john")
    assert key in answer.out
    assert query not in answer.out


def test_export(
    radalike: Radalike, root: Path, marked: tuple[str, str, str], tmp_path: Path
) -> None:
    query, key, image = marked
    at = ("--library", root)
    qrels, table = tmp_path / "marks.qrels", tmp_path / "marks.csv"
    answer = radalike("judgements", "export", "-o", qrels, *at)
    assert (answer.code, answer.out) == (0, f"2 marks are in {qrels}.\n")
    assert qrels.read_text() == f"{query} 0 {image} 1\n{key} 0 {image} 0\n"
    answer = radalike("judgements", "export", "-o", table, "--who", "jane", *at, "--json")
    assert answer.json == {"judgements": 1, "file": str(table)}
    assert f"{query},,{image},1,jane,e," in table.read_text()
    assert radalike("judgements", "export", "-o", tmp_path / "marks.xlsx", *at).code == 2
    with open_small(root, backend="exact") as library:
        written = library.audit.entries(action=AuditAction.EXPORT)
    assert [entry.detail for entry in written] == [{"what": "judgements"}] * 2

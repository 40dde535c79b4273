"""The vectors that are kept in memory are those of the parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from radalike.embeddings.parts import EmbeddingChunk, read_part, write_part
from radalike.errors import CorruptPart
from radalike.library.vectors.stored_vectors import remembered_rows

ROWS = 300


@pytest.fixture
def part(tmp_path: Path) -> str:
    vectors = np.random.default_rng(3).standard_normal((ROWS, 8), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = tuple(f"00000000-0000-4000-8000-{row:012}" for row in range(ROWS))
    return write_part(tmp_path, EmbeddingChunk(ids, vectors), {}).name


def test_a_row_is_read_once(tmp_path: Path, part: str) -> None:
    stored = remembered_rows(tmp_path)
    expected = read_part(tmp_path / part).vectors
    for row in (0, 7, 7):
        np.testing.assert_array_equal(stored(part, row), expected[row])
    (tmp_path / part).unlink()
    np.testing.assert_array_equal(stored(part, 7), expected[7])
    with pytest.raises(CorruptPart):
        stored(part, 8)


def test_what_was_asked_for_longest_ago_is_forgotten(tmp_path: Path, part: str) -> None:
    stored = remembered_rows(tmp_path)
    for row in range(257):
        stored(part, row)
    (tmp_path / part).unlink()
    stored(part, 256)
    with pytest.raises(CorruptPart):
        stored(part, 0)

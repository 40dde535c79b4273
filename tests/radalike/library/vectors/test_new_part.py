from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from radalike.embeddings.parts import EmbeddingChunk, read_part, verify_part
from radalike.errors import InvalidVector
from radalike.library.layout import Layout
from radalike.library.vectors.new_part import new_part

_IDS = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002")


def test_what_is_said_of_a_part_is_so(tmp_path: Path) -> None:
    layout, chunk = Layout(tmp_path), EmbeddingChunk(_IDS, np.eye(2, 4, dtype=np.float32))
    part = new_part(layout, "some-encoder", "f" * 16, "bfloat16", chunk)
    path = layout.embeddings("f" * 16) / part.name
    verify_part(path, part.sha256)
    assert read_part(path, "f" * 16).ids == _IDS
    assert (part.rows, part.fingerprint, part.precision) == (2, "f" * 16, "bfloat16")


def test_nothing_is_left_of_one_that_is_none(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    with pytest.raises(InvalidVector):
        new_part(layout, "e", "f" * 16, "float32", EmbeddingChunk(_IDS, np.ones((2, 4), "float32")))
    assert list(layout.embeddings("f" * 16).glob("*")) == []

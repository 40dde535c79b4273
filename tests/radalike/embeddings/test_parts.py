"""Embedding parts come back bit by bit, or not at all."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radalike.embeddings.parts import (
    EmbeddingChunk,
    read_part,
    read_rows,
    sweep,
    verify_part,
    write_part,
)
from radalike.errors import CorruptPart, InvalidVector
from radalike.records import Vectors
from radalike.vectors import normalised

DESCRIPTION = {"encoder": "enc", "fingerprint": "f" * 16, "precision": "float32"}


def chunk(rows: int, dimension: int = 8, seed: int = 0) -> EmbeddingChunk:
    values = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    return EmbeddingChunk(tuple(f"id-{row}" for row in range(rows)), normalised(values))


@settings(max_examples=30)
@given(st.integers(1, 1200), st.integers(1, 33), st.integers(0, 9), st.data())
def test_round_trip(rows: int, dimension: int, seed: int, data: st.DataObject) -> None:
    written = chunk(rows, dimension, seed)
    wanted = data.draw(st.lists(st.integers(0, rows - 1), min_size=1, max_size=20))
    with tempfile.TemporaryDirectory() as folder:
        file = write_part(Path(folder), written, DESCRIPTION)
        assert file.rows == rows
        path = Path(folder) / file.name
        read = read_part(path)
        assert read.ids == written.ids
        assert read.vectors.dtype == np.float32
        np.testing.assert_array_equal(read.vectors, written.vectors)
        np.testing.assert_array_equal(read_rows(path, wanted), written.vectors[wanted])
        verify_part(path, file.sha256)


def test_the_file_stands_on_its_own(tmp_path: Path) -> None:
    """A part is plain Parquet: other programs read it, and it says what made it."""
    file = write_part(tmp_path / "new" / "folder", chunk(3), DESCRIPTION)
    table = pq.read_table(tmp_path / "new" / "folder" / file.name)
    assert table.column_names == ["id", "vector"]
    assert table.schema.field("vector").type == pa.list_(pa.float32(), 8)
    metadata = {name.decode(): value.decode() for name, value in table.schema.metadata.items()}
    assert metadata == DESCRIPTION


def test_vectors_of_another_encoder_are_refused(tmp_path: Path) -> None:
    path = tmp_path / write_part(tmp_path, chunk(2), DESCRIPTION).name
    assert read_part(path, "f" * 16).ids == chunk(2).ids
    with pytest.raises(CorruptPart, match="another encoder") as caught:
        read_part(path, "0" * 16)
    assert caught.value.data["fingerprint"] == "f" * 16


def test_one_row_is_read_without_the_rest(tmp_path: Path) -> None:
    file = write_part(tmp_path, chunk(2000), DESCRIPTION)
    assert pq.ParquetFile(tmp_path / file.name).num_row_groups == 4


def test_nothing_but_the_part_is_left(tmp_path: Path) -> None:
    names = {write_part(tmp_path, chunk(2), DESCRIPTION).name for _ in range(3)}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert len(names) == 3


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 2.0])
def test_what_is_no_unit_vector_is_refused(value: float, tmp_path: Path) -> None:
    good = chunk(4)
    vectors: Vectors = good.vectors.copy()
    vectors[2] = value
    with pytest.raises(InvalidVector) as caught:
        write_part(tmp_path, EmbeddingChunk(good.ids, vectors), DESCRIPTION)
    assert caught.value.data == {"rows": [2]}
    assert list(tmp_path.iterdir()) == []


LIMITED = """
import resource, sys
from pathlib import Path
import numpy as np
from radalike.embeddings.parts import EmbeddingChunk, write_part
from radalike.errors import StorageFull
import pyarrow.parquet
folder = Path(sys.argv[1])
folder.mkdir()
vectors = np.eye(64, dtype=np.float32).repeat(40, 0)
chunk = EmbeddingChunk(tuple(map(str, range(len(vectors)))), vectors)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    write_part(folder, chunk, {})
except StorageFull as exc:
    print("StorageFull", type(exc.__cause__).__name__, len(list(folder.iterdir())))
"""


def test_without_room_it_is_storage_full_and_nothing_is_left(tmp_path: Path) -> None:
    """The operating system itself refuses: a limit on file sizes, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "parts")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "StorageFull OSError 0\n", done.stderr


def test_an_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_part(tmp_path, chunk(2), DESCRIPTION)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / write_part(tmp_path, chunk(700), DESCRIPTION).name


def test_a_part_that_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "part-none.parquet"
    for read in (read_part, lambda path: read_rows(path, [0]), lambda path: verify_part(path, "")):
        with pytest.raises(CorruptPart, match=r"part-none\.parquet") as caught:
            read(path)
        assert caught.value.data == {"part": "part-none.parquet"}
        assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.99])
def test_a_cut_part(part: Path, kept: float) -> None:
    data = part.read_bytes()
    part.write_bytes(data[: int(len(data) * kept)])
    for read in (read_part, lambda path: read_rows(path, [600])):
        with pytest.raises(CorruptPart):
            read(part)


def test_one_flipped_bit_is_found_by_its_sum(tmp_path: Path) -> None:
    file = write_part(tmp_path, chunk(50), DESCRIPTION)
    path = tmp_path / file.name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(CorruptPart, match="not what the catalog says"):
        verify_part(path, file.sha256)


def test_another_parquet_file_in_its_place(part: Path) -> None:
    pq.write_table(pa.table({"name": ["x"]}), part)
    for read in (read_part, lambda path: read_rows(path, [0])):
        with pytest.raises(CorruptPart):
            read(part)


def test_a_row_that_a_part_does_not_have(part: Path) -> None:
    """The catalog points at a row; the file has fewer."""
    with pytest.raises(CorruptPart):
        read_rows(part, [5000])
    with pytest.raises(CorruptPart):
        read_rows(part, [701])


def test_sweep_removes_what_is_not_committed(tmp_path: Path) -> None:
    kept = write_part(tmp_path, chunk(2), DESCRIPTION)
    write_part(tmp_path, chunk(2), DESCRIPTION)
    (tmp_path / "part-0.parquet.tmp").write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("mine")
    assert sweep(tmp_path, [kept.name]) == 2
    assert {path.name for path in tmp_path.iterdir()} == {kept.name, "notes.txt"}
    assert sweep(tmp_path / "none", []) == 0

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.embedding_files.hdf5 import VectorFile
from ingest.embedding_files.keys import digest_of
from ingest.embedding_files.problems import Problem
from radalike.errors import UsageError
from tests.ingest.embedding_files.published import publish, vector, write_vectors


def _keys(path: Path) -> list[str]:
    keys: list[str] = []
    with VectorFile(path) as file:
        file.list_keys(lambda key, _digest, _problem: keys.append(key))
    return keys


def test_keys_are_listed_in_the_order_of_names_with_their_folders(tmp_path: Path) -> None:
    names = ["b/2.png", "b/1.png", "a/c/3.png", "0.png"]
    path = write_vectors(tmp_path / "a.h5", {name: vector(0) for name in names})
    assert _keys(path) == ["0.png", "a/c/3.png", "b/1.png", "b/2.png"]


def test_a_vector_is_read_as_it_is_whatever_the_byte_order_and_the_layout(tmp_path: Path) -> None:
    path = write_vectors(tmp_path / "a.h5", {"little": vector(1)})
    with h5py.File(path, "a") as file:
        file.create_dataset("big", data=vector(1).astype(">f4"))
        file.create_dataset("packed", data=vector(1), chunks=(4,), compression="gzip")
    with VectorFile(path) as opened:
        opened.list_keys(lambda *_: None)
        for key in ("little", "big", "packed"):
            read = opened.read(key, digest_of(key))
            assert isinstance(read, np.ndarray)
            assert read.dtype == np.float32
            assert read.tobytes() == vector(1).tobytes()


def test_what_stops_a_listing_stops_it_by_its_own_name(tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def found(_key: str, _digest: int, _problem: Problem | None) -> None:
        raise Enough

    vectors, _ = publish(tmp_path)
    with VectorFile(vectors) as file, pytest.raises(Enough):
        file.list_keys(found)


def test_a_folder_in_itself_is_damage_and_no_endless_listing(tmp_path: Path) -> None:
    path = write_vectors(tmp_path / "a.h5", {"a/1.png": vector(1)})
    with h5py.File(path, "a") as file:
        file["a/again"] = file["/a"]
    with pytest.raises(UsageError, match="twice"):
        _keys(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "no HDF5 file"), (b"PK\x03\x04" * 400, "no HDF5 file"), (None, "cannot be read")],
)
def test_what_is_no_hdf5_file_is_said_to_be_none(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "a.h5"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        VectorFile(path)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it is a folder"):
        VectorFile(tmp_path)


def test_a_truncated_file_is_said_to_be_one(tmp_path: Path) -> None:
    vectors, _ = publish(tmp_path)
    vectors.write_bytes(vectors.read_bytes()[:-100])
    with pytest.raises(UsageError, match="is truncated") as raised:
        VectorFile(vectors)
    assert "download it again" in raised.value.hint


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return publish(tmp_path_factory.mktemp("whole"))[0].read_bytes()


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(
    flips=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=8),
    keep=st.one_of(st.none(), st.integers(0, 1 << 20)),
)
def test_a_damaged_file_is_an_error_or_the_trouble_of_single_keys(
    tmp_path_factory: pytest.TempPathFactory,
    whole: bytes,
    flips: list[tuple[int, int]],
    keep: int | None,
) -> None:
    data = bytearray(whole)
    for place, value in flips:
        data[place % len(data)] = value
    path = tmp_path_factory.mktemp("damaged") / "a.h5"
    path.write_bytes(data if keep is None else data[: keep % len(data)])
    with suppress(UsageError), VectorFile(path) as file:
        keys: list[tuple[str, int]] = []
        file.list_keys(lambda key, digest, _problem: keys.append((key, digest)))
        for key, digest in keys:
            assert isinstance(file.read(key, digest), np.ndarray | Problem)

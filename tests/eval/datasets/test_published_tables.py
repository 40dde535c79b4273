from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from eval.datasets.published_tables import folder, names, rows, table
from radalike.errors import UsageError


def written(tmp_path: Path, content: bytes, name: str = "table.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_the_columns_that_are_asked_for_in_that_order(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xef\xbb\xbfa, b,c\n1,2,3\n\n4, 5 ,6\n")
    assert list(rows(path, ["c", "b"])) == [(2, ["3", "2"]), (4, ["6", "5"])]


def test_a_gzipped_table(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(b"a\n1\n"), "table.csv.gz")
    assert list(rows(path, ["a"])) == [(2, ["1"])]


@pytest.mark.parametrize("content", [b"a,b,\n1,2,\n", b"a,b,\n1,2\n", b"a,b\n1,2,\n"])
def test_commas_at_the_end_of_lines(tmp_path: Path, content: bytes) -> None:
    assert list(rows(written(tmp_path, content), ["b"])) == [(2, ["2"])]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "table.csv has no column a, b"),
        (b"a,c\n1,2\n", "table.csv has no column b"),
        (b"a,b,a\n1,2,3\n", "the column 'a' twice"),
        (b"a,b\n1,2\n3\n", "line 3: 1 values for 2 columns"),
        (b"a,b\n1,2,3\n", "line 2: 3 values for 2 columns"),
        (b"a,b\n\xe4,2\n", "not in UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "not in UTF-8"),
        (b'a,b\n"1,2\n', "damaged"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=says) as raised:
        list(rows(written(tmp_path, content), ["a", "b"]))
    assert raised.value.hint


@pytest.mark.parametrize("cut", [5, 20, -9, -4])
def test_a_gzip_that_is_cut_short(tmp_path: Path, cut: int) -> None:
    content = gzip.compress(b"a\n" + bytes(range(97, 122)) * 40)
    with pytest.raises(UsageError, match=r"table\.csv\.gz is damaged or cut short"):
        list(rows(written(tmp_path, content[:cut], "table.csv.gz"), ["a"]))


def test_a_table_that_is_no_gzip(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="damaged"):
        list(rows(written(tmp_path, b"a\n1\n", "table.csv.gz"), ["a"]))


def test_names_are_lines(tmp_path: Path) -> None:
    assert list(names(written(tmp_path, b"a.png\r\n\n b.png \n"))) == ["a.png", "b.png"]
    with pytest.raises(UsageError, match="UTF-8"):
        list(names(written(tmp_path, b"\xff")))
    with pytest.raises(UsageError, match=r"absent\.txt cannot be read"):
        list(names(tmp_path / "absent.txt"))


def test_a_folder_and_a_table_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="absent is no folder"):
        folder(tmp_path / "absent")
    with pytest.raises(UsageError, match=r"no a\.csv or b\.csv in") as raised:
        table([tmp_path], ["a.csv", "b.csv"], "a.csv and images")
    assert raised.value.hint == "the folder holds a.csv and images"

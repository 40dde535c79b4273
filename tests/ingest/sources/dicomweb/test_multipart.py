from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sources.dicomweb.multipart import MultipartError, parts

BOUNDARY = "xYz"
_CONTENTS = st.lists(
    st.one_of(st.binary(max_size=60), st.sampled_from([b"\r\n", b"\r\n--", b"\r\n--xY", b"--xYz"])),
    max_size=5,
).filter(lambda contents: all(b"\r\n--xYz" not in b"\r\n" + each for each in contents))


def _message(contents: list[bytes], headers: bytes = b"A: b\r\nC: d\r\n") -> bytes:
    delimiter = f"--{BOUNDARY}".encode()
    body = b"".join(delimiter + b"\r\n" + headers + b"\r\n" + each + b"\r\n" for each in contents)
    return b"preamble\r\n" + body + delimiter + b"--\r\nepilogue"


def _chunks(message: bytes, size: int) -> Iterator[bytes]:
    yield from (message[at : at + size] for at in range(0, len(message), size))


def _read(message: bytes, size: int = 7) -> list[bytes]:
    return [b"".join(pieces) for pieces in parts(_chunks(message, size), BOUNDARY)]


@given(contents=_CONTENTS, size=st.integers(1, 50))
def test_every_part_comes_as_it_was_sent(contents: list[bytes], size: int) -> None:
    assert _read(_message(contents), size) == contents


@given(contents=_CONTENTS.filter(bool), size=st.integers(1, 50), data=st.data())
def test_an_answer_that_is_cut_is_never_taken_for_a_whole_one(
    contents: list[bytes], size: int, data: st.DataObject
) -> None:
    message = _message(contents)
    end = len(message) - len(b"--\r\nepilogue") + 2
    cut = data.draw(st.integers(0, end - 1))
    whole: list[bytes] = []
    read = (b"".join(pieces) for pieces in parts(_chunks(message[:cut], size), BOUNDARY))
    with pytest.raises(MultipartError):
        whole.extend(read)
    assert whole == contents[: len(whole)]


def test_parts_without_headers() -> None:
    assert _read(_message([b"a", b"b"], headers=b"")) == [b"a", b"b"]


def test_headers_without_end_are_refused() -> None:
    endless = (b"--xYz\r\nA: " if number == 0 else b"b" * 4096 for number in range(1000))
    with pytest.raises(MultipartError, match="headers"):
        next(parts(endless, BOUNDARY))


def test_a_large_part_comes_in_pieces() -> None:
    content = bytes(3_000_000)
    pieces = next(parts(_chunks(_message([content]), 65536), BOUNDARY))
    sizes = [len(piece) for piece in pieces]
    assert sum(sizes) == len(content)
    assert max(sizes) < 150_000

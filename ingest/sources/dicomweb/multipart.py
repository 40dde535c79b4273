"""Reading a multipart answer (RFC 2046 §5.1) as it arrives, never a part in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_MOST_HEADER_BYTES = 64 * 1024
_END_OF_HEADERS = b"\r\n\r\n"


class MultipartError(Exception):
    """The answer ends before its last delimiter, or is no multipart at all."""


def parts(chunks: Iterable[bytes], boundary: str) -> Iterator[Iterator[bytes]]:
    """The content of each part, in pieces. A part must be read to its end before the next.

    Raises MultipartError where the answer is cut, and what `chunks` raises.
    """
    delimiter = b"\r\n--" + boundary.encode()
    reader = _Reader(chunks)
    for _preamble in reader.until(delimiter):
        pass
    while reader.peek(2) != b"--":
        size = 0
        for piece in reader.until(_END_OF_HEADERS):
            size += len(piece)
            if size > _MOST_HEADER_BYTES:
                raise MultipartError("the headers of a part do not end")
        yield reader.until(delimiter)


class _Reader:
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._buffer = bytearray(b"\r\n")  # the first delimiter may stand at the very start

    def peek(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._more()
        return bytes(self._buffer[:count])

    def until(self, token: bytes) -> Iterator[bytes]:
        """What comes before `token`, which is passed over."""
        while (at := self._buffer.find(token)) < 0:
            ready = len(self._buffer) - len(token) + 1  # the rest may be the token's beginning
            if ready > 0:
                yield self._taken(ready)
            self._more()
        if at:
            yield self._taken(at)
        del self._buffer[: len(token)]

    def _taken(self, count: int) -> bytes:
        taken = bytes(memoryview(self._buffer)[:count])
        del self._buffer[:count]
        return taken

    def _more(self) -> None:
        chunk = next(self._chunks, None)
        if chunk is None:
            raise MultipartError("the answer is cut short")
        self._buffer += chunk
